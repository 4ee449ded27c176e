"""A shop on WooCommerce in Armenia that takes cards by ArCa, and keeps books, goods and invoices in MoySklad.

The order's number is the orderNumber of ArCa and the shop's payment. The shop keeps ArCa's id when the customer came
back. MoySklad has the RRN in the incoming number of a payment, and the order of the shop in an additional field; a
refund says by it which payment it belongs to, so sides of a refund with different sums do not meet.
"""

from ingest.demo.businesses.moysklad import Invoice, Sale, ship, take_back
from ingest.demo.kit import PP
from ingest.demo.story import Story, guid
from ingest.demo.timeline import MINUTE, moment

UNCOMMENTED = (
    "incoming_number: provider_reference",
    "attributes:",
    "  erp.payments: {order_id: Заказ сайта}",
    "  erp.refunds: {payment_id: Заказ сайта}",
    "  warehouse.deliveries: {order_id: Заказ сайта}",
)


class Shop:
    """Starts orders and invoices of a story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._orders = self._invoices = 0

    def sale(self, day: int, hour: int = 12, minute: int = 0) -> Sale:
        """A new order, paid at a wall clock time."""
        self._orders += 1
        amount = (4_000 + self._orders * 70 % 30_000) * 100 + self._orders % 50 * 1_00
        return Sale(self.story, 2_000 + self._orders, moment(day, hour, minute), amount)

    def invoice(self, day: int) -> Invoice:
        """A new invoice, issued in the morning."""
        self._invoices += 1
        return Invoice(self.story, self._invoices, moment(day, 10), (90_000 + self._invoices * 1_300) * 100)


def tell(story: Story) -> None:
    """Nine days of a shop and its books."""
    shop = Shop(story)
    for number in range(5):
        story.tell(
            "crm.customers",
            moment(0, 1),
            customer_id=guid(f"counterparty {number}"),
            name="Розничный покупатель" if number == 0 else f"ООО «Партнёр {number}»",
            customer_type="individual" if number == 0 else "company",
            tax_id=f"0150{number:04}" if number else "",
            accounting_code=f"K-{number:04}",
            is_active=True,
            updated_at=moment(0, 1),
        )
    for day in range(story.timeline.days):
        _ordinary_day(shop, day)
    for fault in FAULTS:
        fault(shop)


def _ordinary_day(shop: Shop, day: int) -> None:
    shipped = shop.sale(day, 10)
    shipped.write_all_but("payment")
    shipped.write_payment(shipped.at(0, 18), posted=False)
    shipped.write_payment(dated=shipped.at(0, 18))
    shipped.write_shipment(shipped.at(1, 15))
    shipped.write_shop("completed", shipped.at(1, 16))
    shop.sale(day, 23, 56).write_all_but()
    refused = shop.sale(day, 13)
    refused.write_arca("failed")
    refused.write_shop("failed")
    left = shop.sale(day, 14)
    left.write_arca("created")
    left.write_shop("pending")
    left.write_shop("cancelled", left.at(1, 7))
    left.write_arca("failed", left.at(1, 6))
    back = shop.sale(day, 16)
    back.write_all_but()
    back.write_shipment(back.at(1, 12))
    take_back(shop.story, back.delivery, back.at(2, 12), back.amount // 400 * 100)
    back.write_refund(back.at(2, 13), back.amount // 400 * 100)
    back.write_payment_out(back.at(3, 10), back.amount // 400 * 100)
    cash = shop.sale(day, 18)
    cash.write_shop("completed", cash.paid + MINUTE, named=False)
    cash.write_payment(cash.paid, kind="cash_receipt_order")
    cash.write_shipment(cash.paid + 5 * MINUTE)
    invoice = shop.invoice(day)
    invoice.write_paid(invoice.at(1, 11))
    invoice.write_shipment(invoice.at(1, 15), invoice.amount // 200 * 100)
    invoice.write_shipment(invoice.at(2, 15), invoice.amount - invoice.amount // 200 * 100, number=2)


# ---------- what goes wrong


def _not_posted(shop: Shop) -> None:
    """Never entered; entered and not posted; entered two days late."""
    for day, unposted, late in ((7, False, 0), (2, True, 0), (4, False, 3)):
        sale = shop.sale(day)
        sale.write_all_but("payment")
        if unposted:
            sale.write_payment(posted=False)
        healed = [sale.write_payment(sale.at(late, 9))] if late else []
        shop.story.expect("provider_paid_erp_unpaid", "payment", sale.order, [(PP, sale.paid)], healed=healed)


def _posted_though_reversed(shop: Shop) -> None:
    """The bank reversed the payment, MoySklad has it."""
    sale = shop.sale(5)
    reversed_ = sale.write_arca("cancelled")
    sale.write_shop("cancelled")
    booked = sale.write_payment()
    shop.story.expect("erp_posted_provider_not_paid", "payment", sale.order, [reversed_, booked], grace=0)


def _set_paid_by_hand(shop: Shop) -> None:
    """The manager moved an order on whose card was refused: it has no payment."""
    sale = shop.sale(4)
    refused = sale.write_arca("failed")
    claimed = sale.write_shop(named=False)
    shop.story.expect("website_paid_provider_not_paid", "payment", sale.order, [refused, claimed], grace=0)
    shop.story.expect("order_paid_without_payment", "order", sale.order, [claimed])


def _shop_does_not_know(shop: Shop) -> None:
    """The customer did not come back and nobody asked ArCa; the second time somebody asked two days later."""
    for day, heals in ((7, False), (3, True)):
        sale = shop.sale(day)
        sale.write_all_but("shop")
        sale.write_shop("pending", named=False)
        healed = [sale.write_shop(at=sale.at(2, 10))] if heals else []
        shop.story.expect("provider_paid_website_unpaid", "payment", sale.order, [(PP, sale.paid)], healed=healed)


def _other_sums(shop: Shop) -> None:
    """MoySklad has more than was paid; the order was made cheaper after it was paid."""
    sale = shop.sale(4)
    sale.write_all_but("payment")
    booked = sale.write_payment(amount=sale.amount + 800_00)
    shop.story.expect("erp_amount_mismatch", "payment", sale.order, [(PP, sale.paid), booked], grace=0)
    sale = shop.sale(5)
    sale.write_all_but("shop")
    shown = sale.write_shop(amount=sale.amount - 500_00)
    known = [(PP, sale.paid), shown]
    shop.story.expect("website_amount_mismatch", "payment", sale.order, known)
    shop.story.expect("order_amount_mismatch", "order", sale.order, known, event=sale.paid)


def _booked_twice(shop: Shop) -> None:
    """Two payments of one RRN, until the second is taken back; one dated the day before."""
    sale = shop.sale(3)
    sale.write_all_but()
    again = sale.write_payment(sale.at(1, 15), suffix="-2")
    healed = [sale.write_payment(sale.at(4, 9), dated=again[1], posted=False, suffix="-2")]
    shop.story.expect("erp_duplicate_document", "payment", sale.order, [(PP, sale.paid), again], healed=healed)
    sale = shop.sale(8)
    sale.write_all_but("payment")
    booked = sale.write_payment(sale.at(0, 19), dated=sale.at(-1, 20))
    shop.story.expect("business_date_mismatch", "payment", sale.order, [(PP, sale.paid), booked], event=sale.paid)


def _cancelled_and_kept(shop: Shop) -> None:
    """Cancelled the day after, and nothing is given back for more than a week."""
    sale = shop.sale(0)
    sale.write_all_but()
    cancelled = sale.write_shop("refunded", sale.at(1, 12))
    shop.story.expect("order_cancelled_but_paid", "order", sale.order, [cancelled])


def _stuck(shop: Shop) -> None:
    """Left at the bank's page for more than a week."""
    sale = shop.sale(1)
    pending = sale.write_arca("pending")
    sale.write_shop("pending", named=False)
    event = sale.paid - 5 * MINUTE
    shop.story.expect("payment_stuck_at_provider", "payment", sale.order, [pending], event=event)


def _refunds(shop: Shop) -> None:
    """Not booked; booked with another sum, so that neither side has the other's; booked and never sent."""
    sale = shop.sale(3)
    sale.write_all_but()
    refunded = sale.write_refund(sale.at(1, 12), sale.amount)
    sale.write_shop("refunded", sale.at(1, 12))
    shop.story.expect("refund_missing_in_erp", "refund", sale.provider_refund, [refunded])
    sale = shop.sale(2)
    sale.write_all_but()
    refunded = sale.write_refund(sale.at(1, 12), 900_00)
    booked = sale.write_payment_out(sale.at(2, 10), 700_00)
    shop.story.expect("refund_missing_in_erp", "refund", sale.provider_refund, [refunded])
    key = f"erp:moysklad:{guid(f'paymentout {sale.number}')}"
    shop.story.expect("refund_missing_in_provider", "refund", key, [booked])
    sale = shop.sale(5)
    sale.write_all_but()
    booked = sale.write_payment_out(sale.at(1, 10), 1_000_00)
    key = f"erp:moysklad:{guid(f'paymentout {sale.number}')}"
    shop.story.expect("refund_missing_in_provider", "refund", key, [booked])


def _invoices(shop: Shop) -> None:
    """Not paid by its date; paid more than invoiced."""
    invoice = shop.invoice(3)
    invoice.due = 5
    issued = invoice.write()
    shop.story.expect("invoice_overdue", "invoice", invoice.id, [issued], event=moment(6, 0))
    invoice = shop.invoice(4)
    paid = invoice.write_paid(invoice.at(1, 11), invoice.amount + 2_000_00)
    shop.story.expect("invoice_overpaid", "invoice", invoice.id, [paid])


def _goods(shop: Shop) -> None:
    """Shipped before the money; more than invoiced; to nobody; came back and nothing was given back."""
    code = "shipped_without_clearance"
    invoice = shop.invoice(5)
    invoice.write()
    shipped = invoice.write_shipment(invoice.at(1, 15))
    shop.story.expect(code, "delivery", f"moysklad:{invoice.delivery()}", [shipped])
    sale = shop.sale(6)
    sale.write_shop("pending", named=False)
    shipped = sale.write_shipment(sale.at(1, 12))
    shop.story.expect(code, "delivery", f"moysklad:{sale.delivery}", [shipped])
    invoice = shop.invoice(4)
    invoice.write_paid(invoice.at(1, 11))
    shipped = invoice.write_shipment(invoice.at(1, 15), invoice.amount + 3_000_00)
    shop.story.expect(code, "delivery", f"moysklad:{invoice.delivery()}", [shipped])
    shop.story.expect("delivery_exceeds_invoice", "invoice", invoice.id, [shipped])
    lost = guid("demand of nobody")
    shipped = ship(shop.story, lost, moment(6, 17), 12_000_00)
    for each in (code, "delivery_without_invoice"):
        shop.story.expect(each, "delivery", f"moysklad:{lost}", [shipped])
    invoice = shop.invoice(0)
    invoice.write_paid(invoice.at(0, 11))
    invoice.write_shipment(invoice.at(0, 15))
    returned = invoice.write_return(invoice.at(1, 12), 4_000_00)
    shop.story.expect("return_not_refunded", "invoice", invoice.id, [returned])


FAULTS = (
    _not_posted,
    _posted_though_reversed,
    _set_paid_by_hand,
    _shop_does_not_know,
    _other_sums,
    _booked_twice,
    _cancelled_and_kept,
    _stuck,
    _refunds,
    _invoices,
    _goods,
)
