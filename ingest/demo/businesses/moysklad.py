"""Orders of a shop on WooCommerce with ArCa, and invoices, each with its documents and goods in MoySklad."""

from dataclasses import dataclass

from ingest.demo.kit import EI, EP, ER, PP, PR, WD, WO, WP, WT
from ingest.demo.story import FAR, Story, guid
from ingest.demo.timeline import DAY, MINUTE, moment
from ingest.demo.truth import Record

UNPAID = {"pending": ("awaiting_payment", "created"), "failed": ("awaiting_payment", "failed")}
UNPAID |= {"cancelled": ("cancelled", "cancelled")}
PAID = {"processing": "paid", "completed": "completed", "refunded": "cancelled"}
"""The shop's word to the status of the order, and of its payment where that is not paid."""

SHOPPER = guid("counterparty 0")


@dataclass
class Sale:
    """One order of the shop; each method writes one system's part."""

    story: Story
    number: int
    paid: int
    amount: int

    @property
    def order(self) -> str:
        """The id of the order and of its payment."""
        return str(self.number)

    @property
    def provider_payment(self) -> str:
        """ArCa's id of the order, mdOrder."""
        return guid(f"arca {self.number}")

    @property
    def provider_refund(self) -> str:
        """The key of the refund of ArCa."""
        return f"provider:arca:{self.provider_payment}-refund"

    @property
    def delivery(self) -> str:
        """MoySklad's id of the shipment."""
        return guid(f"demand {self.number}")

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A wall clock time some days after payment."""
        return moment(self.paid // DAY + days, hour, minute)

    def write_shop(
        self, word: str = "processing", at: int | None = None, *, amount: int | None = None, named: bool = True
    ) -> Record:
        """The order in one of the shop's states; ``named``: the payment came back from ArCa, not by hand."""
        at = self.paid + MINUTE if at is None else at
        order, payment = UNPAID.get(word) or (PAID[word], "paid")
        ident, total = self.order, self.amount if amount is None else amount
        created = self.paid - 12 * MINUTE
        self.story.tell(
            WP,
            at,
            payment_id=ident,
            order_id=ident,
            provider_payment_id=self.provider_payment if named else "",
            amount=total,
            currency="AMD",
            status=payment,
            status_source="webhook" if named else "manual",
            created_at=created,
            paid_at=self.paid + MINUTE if payment == "paid" else None,
            updated_at=at,
        )
        return self.story.tell(
            WO, at, order_id=ident, amount=total, currency="AMD", status=order, created_at=created, updated_at=at
        )

    def write_arca(self, status: str = "paid", at: int | None = None) -> Record:
        """The order at the gateway; one that was never tried has neither card nor RRN."""
        is_tried = status not in ("created", "pending")
        return self.story.tell(
            PP,
            self.paid if at is None else at,
            provider_payment_id=self.provider_payment,
            provider_reference=f"6275{self.number:08}" if is_tried else "",
            order_id=self.order,
            status=status,
            amount=self.amount,
            currency="AMD",
            method="card" if is_tried else "",
            created_at=self.paid - 5 * MINUTE,
            paid_at=self.paid if status == "paid" else None,
        )

    def write_refund(self, at: int, amount: int) -> Record:
        """The sum refunded so far; the gateway lists the order again."""
        self.write_arca(at=at)
        return self.story.tell(
            PR,
            at,
            provider_refund_id=f"{self.provider_payment}-refund",
            provider_payment_id=self.provider_payment,
            amount=amount,
            currency="AMD",
            status="succeeded",
            created_at=at,
            refunded_at=at,
        )

    def write_payment(
        self,
        at: int | None = None,
        *,
        dated: int | None = None,
        amount: int | None = None,
        posted: bool = True,
        kind: str = "bank_receipt",
        suffix: str = "",
    ) -> Record:
        """MoySklad's incoming payment, by default entered the next morning; cash knows no RRN."""
        at = self.at(1, 9) if at is None else at
        return self.story.tell(
            EP,
            at,
            erp_document_id=guid(f"paymentin {self.number}{suffix}"),
            document_type=kind,
            number=f"{self.number:05}{suffix}",
            posted=posted,
            deleted=False,
            document_date=at if dated is None else dated,
            provider_reference=f"6275{self.number:08}" if kind == "bank_receipt" else "",
            order_id=self.order,
            customer_id=SHOPPER,
            amount=self.amount if amount is None else amount,
            currency="AMD",
            is_manual=False,
            updated_at=at,
        )

    def write_payment_out(self, at: int, amount: int) -> Record:
        """MoySklad's outgoing payment."""
        return self.story.tell(
            ER,
            at,
            erp_document_id=guid(f"paymentout {self.number}"),
            number=f"{self.number:05}",
            posted=True,
            deleted=False,
            document_date=at,
            payment_id=self.order,
            customer_id=SHOPPER,
            amount=amount,
            currency="AMD",
            is_manual=False,
            updated_at=at,
        )

    def write_shipment(self, at: int) -> Record:
        """The goods of the order."""
        return ship(self.story, self.delivery, at, self.amount, order=self.order)

    def write_all_but(self, *left_out: str) -> None:
        """What happens when all goes well, except the parts named (shop, arca, payment)."""
        for name in ("shop", "arca", "payment"):
            if name not in left_out:
                getattr(self, f"write_{name}")()


@dataclass
class Invoice:
    """An invoice of MoySklad to a company."""

    story: Story
    number: int
    issued: int
    amount: int
    due: int | None = None

    @property
    def id(self) -> str:
        """MoySklad's id, which is the invoice's id as well."""
        return guid(f"invoiceout {self.number}")

    @property
    def customer(self) -> str:
        """The id of the counterparty."""
        return guid(f"counterparty {self.number % 4 + 1}")

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A wall clock time some days after issue."""
        return moment(self.issued // DAY + days, hour, minute)

    def write(self, status: str = "open", at: int | None = None) -> Record:
        """One version; closed when payments are linked to the whole of it."""
        at = self.issued if at is None else at
        return self.story.tell(
            EI,
            at,
            erp_document_id=self.id,
            number=f"С-{self.number:05}",
            posted=True,
            deleted=False,
            invoice_id=self.id,
            customer_id=self.customer,
            customer_tax_id=f"0150{self.number % 4 + 1:04}",
            amount=self.amount,
            currency="AMD",
            issued_at=self.issued,
            due_date=self.issued // DAY + FAR if self.due is None else self.due,
            status=status,
            updated_at=at,
        )

    def write_payment(self, at: int, amount: int | None = None) -> Record:
        """A transfer linked to the invoice, with no incoming number."""
        return self.story.tell(
            EP,
            at,
            erp_document_id=guid(f"paymentin invoice {self.number}"),
            document_type="bank_receipt",
            number=f"П-{self.number:05}",
            posted=True,
            deleted=False,
            document_date=at,
            invoice_id=self.id,
            customer_id=self.customer,
            customer_tax_id=f"0150{self.number % 4 + 1:04}",
            amount=self.amount if amount is None else amount,
            currency="AMD",
            is_manual=False,
            updated_at=at,
        )

    def write_shipment(self, at: int, amount: int | None = None, *, number: int = 1) -> Record:
        """Goods of the invoice."""
        ident = self.delivery(number)
        return ship(self.story, ident, at, self.amount if amount is None else amount, invoice=self.id)

    def delivery(self, number: int = 1) -> str:
        """MoySklad's id of a shipment."""
        return guid(f"demand invoice {self.number} {number}")

    def write_return(self, at: int, amount: int) -> Record:
        """Goods that came back from the first shipment."""
        return take_back(self.story, self.delivery(), at, amount)

    def write_paid(self, at: int, amount: int | None = None) -> Record:
        """Issued, and paid at a moment, which closes it."""
        self.write()
        paid = self.write_payment(at, amount)
        self.write("closed", at)
        return paid


def ship(story: Story, ident: str, at: int, amount: int, *, order: str = "", invoice: str = "") -> Record:
    return story.tell(
        WD,
        at,
        delivery_id=ident,
        invoice_id=invoice,
        order_id=order,
        amount=amount,
        currency="AMD",
        status="shipped",
        shipped_at=at,
        updated_at=at,
    )


def take_back(story: Story, delivery: str, at: int, amount: int) -> Record:
    return story.tell(
        WT,
        at,
        return_id=guid(f"salesreturn {delivery}"),
        delivery_id=delivery,
        amount=amount,
        currency="AMD",
        status="received",
        returned_at=at,
        updated_at=at,
    )
