"""A web order paid by card or wallet, told step by step, so that a fault can leave out or bend one step."""

from dataclasses import dataclass

from ingest.demo.books import Books
from ingest.demo.systems import Systems
from ingest.demo.timeline import DAY, MINUTE, moment


@dataclass(slots=True)
class CardSale:
    """One sale: its ids, its amount and the moments it was ordered and paid. Each method writes one system's part."""

    systems: Systems
    books: Books
    provider: str
    order: str
    payment: str
    provider_payment: str
    reference: str
    erp_document: str
    receipt_id: str
    customer: str
    amount: int
    currency: str
    ordered: int
    paid: int

    @property
    def day(self) -> int:
        """The day number it was paid on."""
        return self.paid // DAY

    def at(self, days: int, hour: int = 10, minute: int = 0) -> int:
        """A local wall clock time some days after the day of payment."""
        return moment(self.day + days, hour, minute)

    # ---------- website

    def write_order(self, status: str = "paid", at: int | None = None, amount: int | None = None) -> None:
        """The order as new and then, at payment or at ``at``, in its next status."""
        at = self.paid + 20 if at is None else at
        amount = self.amount if amount is None else amount
        if at // DAY > self.ordered // DAY:
            self.systems.order(self.ordered, self.order, self.customer, "new", amount, self.currency, self.ordered)
        self.systems.order(at, self.order, self.customer, status, amount, self.currency, self.ordered)

    def write_website(
        self,
        status: str = "paid",
        at: int | None = None,
        *,
        amount: int | None = None,
        currency: str | None = None,
        source: str = "webhook",
        provider_payment: bool = True,
    ) -> None:
        """The shop's payment: pending from the order on when that was an earlier day, then ``status``."""
        at = self.paid + 10 if at is None else at
        if at // DAY > self.ordered // DAY:
            self.write_website_version("pending", self.ordered + MINUTE, provider_payment=False)
        self.write_website_version(
            status, at, amount=amount, currency=currency, source=source, provider_payment=provider_payment
        )

    def write_website_version(
        self,
        status: str,
        at: int,
        *,
        amount: int | None = None,
        currency: str | None = None,
        source: str = "webhook",
        provider_payment: bool = True,
        invoice: str = "",
    ) -> None:
        """Exactly one version of the shop's payment."""
        self.systems.website_payment(
            at,
            self.payment,
            status,
            self.amount if amount is None else amount,
            currency or self.currency,
            self.ordered + MINUTE,
            order=self.order,
            invoice=invoice,
            provider_payment=self.provider_payment if provider_payment else "",
            source=source,
        )

    # ---------- provider

    def write_provider(
        self,
        status: str = "paid",
        at: int | None = None,
        *,
        id_suffix: str = "",
        amount: int | None = None,
        payment: str | None = None,
        order: str | None = None,
        invoice: str = "",
        batched: bool = True,
        again: bool = False,
        batch: str | None = None,
    ) -> None:
        """One attempt at the provider; paid at the moment of payment."""
        at = self.paid if at is None else at
        paid = None
        if status == "paid":
            paid = self.paid if again else at
        self.systems.provider_payment(
            at,
            self.provider,
            self.provider_payment + id_suffix,
            status,
            self.amount if amount is None else amount,
            self.currency,
            min(at, self.ordered + 2 * MINUTE),
            reference=self.reference + id_suffix,
            payment=self.payment if payment is None else payment,
            order=self.order if order is None else order,
            invoice=invoice,
            paid=paid,
            batched=batched,
            again=again,
            batch=batch,
        )

    # ---------- accounting, fiscal, CRM

    def write_erp(
        self,
        at: int | None = None,
        *,
        id_suffix: str = "",
        document: int | None = None,
        amount: int | None = None,
        currency: str | None = None,
        posted: bool = True,
        deleted: bool = False,
        by: str = "payment",
        invoice: str = "",
        receipt_status: str = "",
        audit: tuple[str, str, int | None] | None = None,
    ) -> None:
        """Accounting's document, by default the next morning; ``by`` says which ids it carries."""
        self.books.payment(
            self.at(1, 9) if at is None else at,
            self.erp_document + id_suffix,
            "customer_card_payment",
            self.amount if amount is None else amount,
            currency or self.currency,
            document=document,
            posted=posted,
            deleted=deleted,
            payment=self.payment if by in ("payment", "both") else "",
            reference=self.reference if by in ("reference", "both") else "",
            order=self.order if by == "order" else "",
            invoice=invoice,
            customer=self.customer,
            receipt_status=receipt_status,
            audit=audit,
        )

    def write_receipt(
        self,
        status: str = "success",
        at: int | None = None,
        *,
        id_suffix: str = "",
        attempt: int = 1,
        amount: int | None = None,
        currency: str | None = None,
        created: int | None = None,
        by: str = "payment",
    ) -> None:
        """One attempt at the sale receipt, by default two minutes after payment."""
        self.books.receipt(
            self.paid + 2 * MINUTE if at is None else at,
            self.receipt_id + id_suffix,
            status,
            self.amount if amount is None else amount,
            currency or self.currency,
            created=created,
            attempt=attempt,
            payment=self.payment if by == "payment" else "",
            order=self.order if by == "order" else "",
        )

    def write_deal(self, status: str = "paid", at: int | None = None, *, by: str = "payment") -> None:
        """The CRM deal, by default paid half an hour after payment."""
        self.systems.deal(
            self.paid + 30 * MINUTE if at is None else at,
            f"DEAL-{self.order}",
            status,
            self.amount,
            self.currency,
            order=self.order,
            payment=self.payment if by == "payment" else "",
        )

    def write_all_but(self, *left_out: str) -> None:
        """Every system's ordinary part, except those named (order, website, provider, erp, receipt, deal)."""
        for name in ("order", "website", "provider", "erp", "receipt", "deal"):
            if name not in left_out:
                getattr(self, f"write_{name}")()

    # ---------- refunds

    def write_provider_refund(
        self, refund: str, at: int, amount: int, status: str = "succeeded", *, provider_payment: str | None = None
    ) -> None:
        """A refund at the provider with our own refund id."""
        known = provider_payment is None
        self.systems.provider_refund(
            at,
            self.provider,
            f"{self.provider_payment}-{refund}",
            self.provider_payment if provider_payment is None else provider_payment,
            status,
            amount,
            self.currency,
            payment=self.payment if known else "",
            refund=refund,
        )

    def write_erp_refund(
        self,
        refund: str,
        at: int,
        amount: int,
        *,
        document: int | None = None,
        posted: bool = True,
        by: str = "refund",
        payment: bool = True,
        audit: tuple[str, str, int | None] | None = None,
    ) -> None:
        """Accounting's refund, linked by our refund id unless ``by`` is payment."""
        self.books.refund(
            at,
            f"ER-{refund}",
            amount,
            self.currency,
            document=document,
            posted=posted,
            payment=self.payment if payment else "",
            refund=refund if by == "refund" else "",
            customer=self.customer,
            audit=audit,
        )

    def write_refund_receipt(
        self,
        refund: str,
        at: int,
        amount: int,
        status: str = "success",
        *,
        currency: str | None = None,
        by: str = "refund",
        id_suffix: str = "",
    ) -> None:
        """The refund's receipt."""
        self.books.receipt(
            at,
            f"RR-{refund}{id_suffix}",
            status,
            amount,
            currency or self.currency,
            kind="refund",
            payment=self.payment,
            refund=refund if by == "refund" else "",
        )

    def write_refund(self, refund: str, at: int, amount: int) -> None:
        """A refund that every system knows: provider, receipt, and accounting the next morning."""
        self.write_provider_refund(refund, at, amount)
        self.write_refund_receipt(refund, at + 5 * MINUTE, amount)
        self.write_erp_refund(refund, moment(at // DAY + 1, 9, 40), amount)
