"""A shop, its acquirer's registry and accounting, as tables. An order's number is all that they share.

The shop also keeps the acquirer's number of the operation, when the customer came back to it. Accounting books a
payment the next morning; it leads to the payment by order and amount, so a document with another amount leads nowhere
and is money of its own. No table tells of refunds, so of a cancelled order nobody can say that it was not given back.
"""

from dataclasses import dataclass, replace

from ingest.demo.kit import EP, PP, WO, WP
from ingest.demo.story import Story
from ingest.demo.timeline import DAY, MINUTE, moment
from ingest.demo.truth import Record

UNCOMMENTED = ()


@dataclass
class Sale:
    """One order and its payment; each method writes one system's part."""

    story: Story
    number: int
    paid: int
    amount: int
    suffix: str = ""

    @property
    def order(self) -> str:
        """The number that all share."""
        return str(self.number)

    @property
    def payment(self) -> str:
        """The shop's payment."""
        return f"П-{self.number}{self.suffix}"

    @property
    def operation(self) -> str:
        """The acquirer's number."""
        return f"88{self.number}{self.suffix}"

    @property
    def document(self) -> str:
        """Accounting's id of the payment document."""
        return f"БП-{self.number}{self.suffix}"

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A wall clock time some days after payment."""
        return moment(self.paid // DAY + days, hour, minute)

    def write_order(self, status: str = "paid", at: int | None = None, amount: int | None = None) -> Record:
        """The order, created a quarter of an hour before payment."""
        at = self.paid + MINUTE if at is None else at
        return self.story.tell(
            WO,
            at,
            order_id=self.order,
            customer_id=f"К-{self.number % 7}",
            amount=self.amount if amount is None else amount,
            currency="RUB",
            status=status,
            created_at=self.paid - 15 * MINUTE,
            updated_at=at,
        )

    def write_shop(
        self,
        status: str = "paid",
        at: int | None = None,
        *,
        amount: int | None = None,
        source: str = "webhook",
        named: bool = True,
    ) -> Record:
        """What the shop believes of the payment; ``named``: it knows the acquirer's number."""
        at = self.paid + MINUTE if at is None else at
        return self.story.tell(
            WP,
            at,
            payment_id=self.payment,
            order_id=self.order,
            provider_payment_id=self.operation if named else "",
            amount=self.amount if amount is None else amount,
            currency="RUB",
            status=status,
            status_source=source,
            created_at=self.paid - 10 * MINUTE,
            paid_at=at if status == "paid" else None,
            updated_at=at,
        )

    def write_acquirer(self, status: str = "paid", *, suffix: str = "") -> Record:
        """A line of the registry; 2 % stay with the acquirer."""
        return self.story.tell(
            PP,
            self.paid,
            provider_payment_id=self.operation + suffix,
            order_id=self.order,
            status=status,
            amount=self.amount,
            fee_amount=self.amount // 50 if status == "paid" else None,
            currency="RUB",
            created_at=self.paid,
            paid_at=self.paid if status == "paid" else None,
        )

    def write_document(
        self,
        at: int | None = None,
        *,
        dated: int | None = None,
        amount: int | None = None,
        posted: bool = True,
        deleted: bool = False,
        suffix: str = "",
    ) -> Record:
        """Accounting's document, by default of the next morning."""
        at = self.at(1, 9) if at is None else at
        document = self.document + suffix
        return self.story.tell(
            EP,
            at,
            erp_document_id=document,
            document_type="bank_receipt",
            number=document,
            posted=posted,
            deleted=deleted,
            document_date=at if dated is None else dated,
            order_id=self.order,
            customer_tax_id=f"77010{self.number}",
            amount=self.amount if amount is None else amount,
            currency="RUB",
            is_manual=False,
        )

    def write_all(self) -> None:
        """What happens when all goes well."""
        self.write_order()
        self.write_shop()
        self.write_acquirer()
        self.write_document()

    def twin(self, minutes: int) -> "Sale":
        """A second payment of the same order."""
        return replace(self, paid=self.paid + minutes * MINUTE, suffix="-2")


class Shop:
    """Starts sales of a story."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._count = 0

    def sale(self, day: int, hour: int = 12, minute: int = 0) -> Sale:
        """A new order, paid at a wall clock time."""
        self._count += 1
        amount = (1_000 + self._count * 37 % 4_000) * 100 + self._count
        return Sale(self.story, 10_000 + self._count, moment(day, hour, minute), amount)


def tell(story: Story) -> None:
    """Nine ordinary days, and what goes wrong in them."""
    shop = Shop(story)
    for day in range(story.timeline.days):
        _ordinary_day(shop, day)
    for fault in FAULTS:
        fault(shop, story)


def _ordinary_day(shop: Shop, day: int) -> None:
    shop.sale(day, 11).write_all()
    unnamed = shop.sale(day, 15, 20)
    unnamed.write_order("completed", unnamed.at(1, 16))
    unnamed.write_shop(named=False)
    unnamed.write_acquirer()
    unnamed.write_document(unnamed.at(0, 18), posted=False)
    unnamed.write_document(dated=unnamed.at(0, 18))
    late = shop.sale(day, 23, 58)
    late.write_all()
    refused = shop.sale(day, 13)
    refused.write_order("cancelled", refused.at(1, 7))
    refused.write_shop("failed")
    refused.write_acquirer("failed")
    cancelled = shop.sale(day, 14)
    cancelled.write_all()
    cancelled.write_order("cancelled", cancelled.at(1, 12))
    again = shop.sale(day, 17)
    again.write_acquirer("failed", suffix="-0")
    again.write_all()
    again.write_document(again.at(0, 19), posted=False, deleted=True, suffix="-0")


# ---------- what goes wrong


def _not_posted(shop: Shop, story: Story) -> None:
    """Never posted, and posted three days late."""
    code = "provider_paid_erp_unpaid"
    for day, late in ((2, 0), (3, 3)):
        sale = shop.sale(day)
        sale.write_order()
        sale.write_shop()
        paid = sale.write_acquirer()
        healed = [sale.write_document(sale.at(late, 9))] if late else []
        story.expect(code, "payment", sale.payment, [paid], healed=healed)


def _shop_does_not_know(shop: Shop, story: Story) -> None:
    """Paid, and the shop still waits; it learns of the second two days later."""
    for day, heals in ((6, False), (4, True)):
        sale = shop.sale(day)
        sale.write_order("awaiting_payment")
        sale.write_shop("pending")
        paid = sale.write_acquirer()
        sale.write_document()
        healed = []
        if heals:
            healed = [sale.write_shop(at=sale.at(2, 10))]
            sale.write_order(at=sale.at(2, 10))
        story.expect("provider_paid_website_unpaid", "payment", sale.payment, [paid], healed=healed)


def _shop_was_told(shop: Shop, story: Story) -> None:
    """Somebody set it paid, though the card was refused."""
    sale = shop.sale(5)
    refused = sale.write_acquirer("failed")
    sale.write_order("awaiting_payment")
    claimed = sale.write_shop(source="manual")
    story.expect("website_paid_provider_not_paid", "payment", sale.payment, [refused, claimed], grace=0)


def _shop_shows_less(shop: Shop, story: Story) -> None:
    """The shop's sum is short of what was paid."""
    sale = shop.sale(7)
    sale.write_order()
    paid = sale.write_acquirer()
    shown = sale.write_shop(amount=sale.amount - 300_00)
    sale.write_document()
    story.expect("website_amount_mismatch", "payment", sale.payment, [paid, shown])


def _paid_from_nowhere(shop: Shop, story: Story) -> None:
    """An order called paid of which there is no payment."""
    sale = shop.sale(3)
    claimed = sale.write_order()
    story.expect("order_paid_without_payment", "order", sale.order, [claimed])


def _paid_less_than_ordered(shop: Shop, story: Story) -> None:
    """The order is for more than its payment brought."""
    sale = shop.sale(2)
    claimed = sale.write_order(amount=sale.amount + 900_00)
    paid = sale.write_acquirer()
    sale.write_shop()
    sale.write_document()
    story.expect("order_amount_mismatch", "order", sale.order, [paid, claimed], event=sale.paid)


def _booked_twice(shop: Shop, story: Story) -> None:
    """Two documents of one order and sum: which one books the payment is not said."""
    sale = shop.sale(6)
    sale.write_order()
    sale.write_shop()
    paid = sale.write_acquirer()
    documents = [sale.write_document(suffix=suffix) for suffix in ("", "-Д")]
    for suffix in ("", "-Д"):
        subject = f"erp.payments:accounting:{sale.document}{suffix}"
        story.expect("ambiguous_match", "document", subject, [paid, *documents])


def _paid_twice(shop: Shop, story: Story) -> None:
    """The customer paid an order twice, and two documents of one sum say not which payment each books."""
    sale = shop.sale(4)
    twin = sale.twin(20)
    ordered = sale.write_order()
    paid = []
    for one in (sale, twin):
        paid.append(one.write_acquirer())
        one.write_shop()
    story.expect("duplicate_payment", "order", sale.order, [*paid, ordered])
    documents = [one.write_document() for one in (sale, twin)]
    for one in (sale, twin):
        story.expect("ambiguous_match", "document", f"erp.payments:accounting:{one.document}", [*paid, *documents])


def _booked_with_another_sum(shop: Shop, story: Story) -> None:
    """The document has another amount, so it does not lead to the payment; corrected three days later."""
    sale = shop.sale(5)
    sale.write_order()
    sale.write_shop()
    paid = sale.write_acquirer()
    sale.write_document(amount=sale.amount - 250_00)
    healed = [sale.write_document(sale.at(3, 9), dated=sale.at(1, 9))]
    story.expect("provider_paid_erp_unpaid", "payment", sale.payment, [paid], healed=healed)


def _dated_before(shop: Shop, story: Story) -> None:
    """The document is dated the day before the payment."""
    sale = shop.sale(8)
    sale.write_order()
    sale.write_shop()
    paid = sale.write_acquirer()
    booked = sale.write_document(sale.at(0, 18), dated=sale.at(-1, 20))
    story.expect("business_date_mismatch", "payment", sale.payment, [paid, booked])


FAULTS = (
    _not_posted,
    _shop_does_not_know,
    _shop_was_told,
    _shop_shows_less,
    _paid_from_nowhere,
    _paid_less_than_ordered,
    _booked_twice,
    _paid_twice,
    _booked_with_another_sum,
    _dated_before,
)
