"""A shop on Bitrix24 that takes cards by YooKassa, and its accounting in 1C.

The shop sends the visible numbers of order and payment (1001, 1001/1) to YooKassa, so that they lead from the money to
the shop. 1C knows a card payment by the RRN in СсылочныйНомер, and a refund by the document it refunds: sides of a
refund with different sums do not meet. Receipts and the bank are not among the systems.
"""

from dataclasses import replace

from ingest.demo.businesses.onec import Company, Ledger
from ingest.demo.businesses.online_sale import Sale
from ingest.demo.kit import PP, WO
from ingest.demo.story import Story
from ingest.demo.timeline import MINUTE, moment
from ingest.demo.truth import Record

UNCOMMENTED = ()


class Shop:
    """Starts sales of a story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._count = 0

    def sale(self, day: int, hour: int = 12, minute: int = 0) -> Sale:
        """A new order, paid at a wall clock time."""
        self._count += 1
        amount = (1_500 + self._count * 53 % 6_000) * 100 + self._count
        return Sale(self.story, 1_000 + self._count, moment(day, hour, minute), amount)


def tell(story: Story) -> None:
    """Nine days of a shop and its accounting."""
    shop, ledger = Shop(story), Ledger(story, [Company(number) for number in range(1, 6)])
    ledger.write_directory()
    for day in range(story.timeline.days):
        _ordinary_day(shop, day)
        (ledger.paid_next_day, ledger.paid_together, ledger.cancelled)[day % 3](day)
    for fault in FAULTS:
        fault(shop)
    ledger.closed_with_debt(2)
    ledger.open_but_paid(1)
    ledger.open_but_paid(6)
    ledger.overdue(3)
    ledger.overpaid_and_returned(2)
    ledger.overpaid(5)


def _ordinary_day(shop: Shop, day: int) -> None:
    entered = shop.sale(day, 10)
    entered.write_all_but("document")
    entered.write_document(entered.at(0, 18), posted=False)
    entered.write_document(entered.at(1, 8), dated=entered.at(0, 18))
    shop.sale(day, 23, 57).write_all_but()
    refused = shop.sale(day, 13)
    again = replace(refused, attempt=2, paid=refused.paid + 6 * MINUTE)
    refused.write_provider("cancelled")
    refused.write_shop("created")
    again.write_all_but()
    again.write_document(again.at(0, 20), deleted=True, posted=False, suffix="-0")
    left = shop.sale(day, 16)
    left.write_provider("pending")
    left.write_provider("cancelled", at=left.at(0, 18))
    left.write_shop("created")
    left.write_order("cancelled", left.at(1, 7))
    left.write_deal("cancelled", left.at(1, 7))
    returned = shop.sale(day, 18)
    returned.write_all_but()
    for part, (days, hour) in enumerate(((1, 12), (2, 15)), start=1):
        amount = returned.amount // 100 // (part + 2) * 100
        returned.write_refund(returned.at(days, hour), amount)
        returned.write_document_refund(returned.at(days + 1, 10), amount)


# ---------- what goes wrong


def _not_posted(shop: Shop) -> None:
    """Never entered; entered and never posted; posted two days late."""
    for day, unposted, late in ((7, False, 0), (2, True, 0), (4, False, 3)):
        sale = shop.sale(day)
        sale.write_all_but("document")
        if unposted:
            sale.write_document(posted=False)
        healed = [sale.write_document(sale.at(late, 9))] if late else []
        shop.story.expect("provider_paid_erp_unpaid", "payment", sale.payment, [(PP, sale.paid)], healed=healed)


def _posted_though_refused(shop: Shop) -> None:
    """1C booked a payment that YooKassa cancelled."""
    sale = shop.sale(5)
    refused = sale.write_provider("cancelled")
    sale.write_shop("created")
    sale.write_order("new")
    booked = sale.write_document()
    shop.story.expect("erp_posted_provider_not_paid", "payment", sale.payment, [refused, booked], grace=0)


def _set_paid_by_hand(shop: Shop) -> None:
    """An employee set the payment paid, though the card was refused."""
    sale = shop.sale(6)
    refused = sale.write_provider("cancelled")
    sale.write_order("new")
    claimed = sale.write_shop(source="manual")
    shop.story.expect("website_paid_provider_not_paid", "payment", sale.payment, [refused, claimed], grace=0)


def _shop_does_not_know(shop: Shop) -> None:
    """The notification did not come; the second time it came two days later."""
    for day, heals in ((7, False), (3, True)):
        sale = shop.sale(day)
        sale.write_all_but("shop", "order")
        sale.write_order("new")
        sale.write_shop("created")
        healed = []
        if heals:
            healed = [sale.write_shop(at=sale.at(2, 10))]
            sale.write_order(at=sale.at(2, 10))
        shop.story.expect("provider_paid_website_unpaid", "payment", sale.payment, [(PP, sale.paid)], healed=healed)


def _deal_lost(shop: Shop) -> None:
    """The deal was closed as lost, though it is paid."""
    sale = shop.sale(6)
    sale.write_all_but("deal")
    told = sale.write_deal("cancelled", sale.paid + 60 * MINUTE)
    shop.story.expect("crm_status_mismatch", "payment", sale.payment, [(PP, sale.paid), told])


def _other_sums(shop: Shop) -> None:
    """1C has more than was paid; the shop has less."""
    sale = shop.sale(4)
    sale.write_all_but("document")
    booked = sale.write_document(amount=sale.amount + 450_00)
    shop.story.expect("erp_amount_mismatch", "payment", sale.payment, [(PP, sale.paid), booked], grace=0)
    sale = shop.sale(5)
    sale.write_all_but("shop")
    shown = sale.write_shop(amount=sale.amount - 100_00)
    shop.story.expect("website_amount_mismatch", "payment", sale.payment, [(PP, sale.paid), shown])


def _booked_twice(shop: Shop) -> None:
    """Two documents of one RRN, until one is deleted; dated the day before."""
    sale = shop.sale(3)
    sale.write_all_but()
    again = sale.write_document(sale.at(1, 15), suffix="-2")
    healed = [sale.write_document(sale.at(4, 9), dated=again[1], posted=False, deleted=True, suffix="-2")]
    shop.story.expect("erp_duplicate_document", "payment", sale.payment, [(PP, sale.paid), again], healed=healed)
    sale = shop.sale(8)
    sale.write_all_but("document")
    booked = sale.write_document(sale.at(0, 19), dated=sale.at(-1, 20))
    shop.story.expect("business_date_mismatch", "payment", sale.payment, [(PP, sale.paid), booked], event=sale.paid)


def _paid_twice(shop: Shop) -> None:
    """The customer paid again, because the page did not come back."""
    sale = shop.sale(6)
    twin = replace(sale, attempt=2, paid=sale.paid + 9 * MINUTE)
    sale.write_all_but()
    twin.write_all_but("order", "deal")
    shop.story.expect("duplicate_payment", "order", sale.order, [(PP, sale.paid), (PP, twin.paid), (WO, sale.paid)])


def _unknown_money(shop: Shop) -> None:
    """A payment by a link that names nothing: nobody can place it."""
    sale = shop.sale(5)
    paid = sale.write_provider(named=False)
    for code in ("unlinked_payment", "provider_paid_erp_unpaid"):
        shop.story.expect(code, "payment", f"provider:yookassa:{sale.provider_payment}", [paid])


def _orders(shop: Shop) -> None:
    """Called paid from nowhere; for more than was paid; cancelled and nothing given back."""
    sale = shop.sale(4)
    claimed = sale.write_order()
    shop.story.expect("order_paid_without_payment", "order", sale.order, [claimed])
    sale = shop.sale(3)
    sale.write_all_but("order")
    sale.write_order(amount=sale.amount + 250_00)
    shop.story.expect("order_amount_mismatch", "order", sale.order, [(PP, sale.paid), (WO, sale.paid)], event=sale.paid)
    sale = shop.sale(0)
    sale.write_all_but()
    cancelled = sale.write_order("cancelled", sale.at(1, 12))
    shop.story.expect("order_cancelled_but_paid", "order", sale.order, [cancelled])


def _stuck(shop: Shop) -> None:
    """Neither paid nor refused for more than a week."""
    sale = shop.sale(1)
    pending = sale.write_provider("pending")
    sale.write_order("new")
    sale.write_shop("created")
    shop.story.expect("payment_stuck_at_provider", "payment", sale.payment, [pending], event=sale.paid - 2 * MINUTE)


def _refunds(shop: Shop) -> None:
    """Not booked; booked with another sum, so that neither side has the other's; of a payment nobody knows."""
    sale = shop.sale(3)
    sale.write_all_but()
    refunded = sale.write_refund(sale.at(1, 12), sale.amount)
    _expect_refund(shop, "refund_missing_in_erp", f"provider:yookassa:{sale.refund(refunded[1])}", refunded)
    sale = shop.sale(2)
    sale.write_all_but()
    refunded = sale.write_refund(sale.at(1, 12), 600_00)
    booked = sale.write_document_refund(sale.at(2, 10), 500_00)
    _expect_refund(shop, "refund_missing_in_erp", f"provider:yookassa:{sale.refund(refunded[1])}", refunded)
    _expect_refund(shop, "refund_missing_in_provider", f"erp:1c:{sale.document_refund(booked[1])}", booked)
    sale = shop.sale(5)
    refunded = sale.write_refund(sale.at(1, 12), 900_00)
    for code in ("refund_unlinked", "refund_missing_in_erp"):
        _expect_refund(shop, code, f"provider:yookassa:{sale.refund(refunded[1])}", refunded)


def _expect_refund(shop: Shop, code: str, key: str, known: Record) -> None:
    shop.story.expect(code, "refund", key, [known])


FAULTS = (
    _not_posted,
    _posted_though_refused,
    _set_paid_by_hand,
    _shop_does_not_know,
    _deal_lost,
    _other_sums,
    _booked_twice,
    _paid_twice,
    _unknown_money,
    _orders,
    _stuck,
    _refunds,
)
