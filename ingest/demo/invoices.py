"""A B2B invoice, told step by step: issue, requests, payments, shipments, closing."""

from dataclasses import dataclass

from ingest.demo.books import Books
from ingest.demo.systems import Systems
from ingest.demo.timeline import DAY, MINUTE, moment

DUE_DAYS = 30


@dataclass(slots=True)
class InvoiceCase:
    """One invoice: who it is for, its amount (hundredths) and the moment of issue."""

    systems: Systems
    books: Books
    invoice: str
    customer: str
    contract: str
    tax_id: str
    amount: int
    currency: str
    issued: int
    order: str = ""
    due_day: int | None = None
    """The day payment is due, when not by the ordinary terms."""

    @property
    def day(self) -> int:
        """The day number of issue."""
        return self.issued // DAY

    @property
    def erp_invoice(self) -> str:
        """Accounting's id of the invoice."""
        return f"E{self.invoice}"

    def write_crm(self, status: str, at: int, currency: str | None = None, amount: int | None = None) -> None:
        """One version of the CRM's invoice; on every third one the due date is left to the contract's terms."""
        due = self.due_day
        if due is None and not (self.contract and int(self.invoice[-1]) % 3 == 0):
            due = self.day + DUE_DAYS
        self.systems.crm_invoice(
            at,
            self.invoice,
            self.customer,
            self.contract,
            status,
            self.amount if amount is None else amount,
            currency or self.currency,
            self.issued,
            due,
            self.order,
        )

    def write_erp(
        self,
        status: str,
        at: int,
        currency: str | None = None,
        amount: int | None = None,
        *,
        id_suffix: str = "",
        posted: bool = True,
        deleted: bool = False,
    ) -> None:
        """One version of accounting's invoice."""
        self.books.invoice(
            at,
            self.erp_invoice + id_suffix,
            self.invoice,
            self.customer,
            self.contract,
            status,
            self.amount if amount is None else amount,
            currency or self.currency,
            self.issued + 10 * MINUTE,
            self.day + DUE_DAYS if self.due_day is None else self.due_day,
            order=self.order,
            tax_id=self.tax_id,
            posted=posted,
            deleted=deleted,
        )

    def write_issue(self) -> None:
        """Issued in the CRM, posted in accounting the same or the next morning."""
        self.write_crm("issued", self.issued)
        late = int(self.invoice[-1]) % 2
        self.write_erp("open", moment(self.day + 1, 8, 45) if late else self.issued + 20 * MINUTE)

    def write_close(self, day: int) -> None:
        """Closed in both systems, the day after the last payment."""
        self.write_erp("closed", moment(day, 15))
        self.write_crm("closed", moment(day, 15, 30))

    def write_request(self, kind: str, amount: int, paid: int, payment: str = "", number: int = 1) -> None:
        """A payment request sent at issue and settled at ``paid``."""
        expires = moment(self.day + 14, 23, 59)
        id_ = f"REQ{number}-{self.invoice}"
        values = (self.invoice, self.customer, kind)
        if paid // DAY > self.day:
            self.systems.payment_request(
                self.issued + 300, id_, *values, "open", amount, self.currency, self.issued + 300, expires, payment
            )
        self.systems.payment_request(
            paid + 60, id_, *values, "paid", amount, self.currency, self.issued + 300, expires, payment
        )

    def write_transfer(
        self, at: int, amount: int, *, number: int = 1, morning_after: bool = False, bank: bool = True
    ) -> str:
        """A bank transfer posted directly in accounting, and its line on the statement; returns the document id.

        ``morning_after``: entered unposted on the day, posted the next morning.
        """
        document = f"BV{number}-{self.invoice}"
        kind = "bank_receipt" if number % 2 else "incoming_payment_order"
        for version, posted in ((at, False), (moment(at // DAY + 1, 8, 10), True)) if morning_after else ((at, True),):
            self.books.payment(
                version,
                document,
                kind,
                amount,
                self.currency,
                document=at,
                posted=posted,
                invoice=self.invoice,
                customer=self.customer,
                tax_id=self.tax_id,
                contract=self.contract,
            )
        if bank:
            self.write_bank_line(at // DAY, amount, document)
        return document

    def write_bank_line(self, day: int, amount: int, document: str, *, shown: int | None = None) -> str:
        """The line of the bank statement of a transfer; returns its id."""
        return self.systems.bank_line(
            day, amount, self.currency, "demo customer", tax_id=self.tax_id, erp_document=document, shown=shown
        )

    def write_card(
        self,
        at: int,
        amount: int,
        payment: str,
        *,
        invoice: str | None = None,
        website_invoice: str | None = None,
    ) -> str:
        """A payment by card through a link: provider, receipt, deal; returns the provider's id."""
        id_ = f"arca-{payment}"
        self.systems.provider_payment(
            at,
            "arca",
            id_,
            "paid",
            amount,
            self.currency,
            at - 3 * MINUTE,
            reference=f"RRN-{payment}",
            payment=payment,
            invoice=self.invoice if invoice is None else invoice,
            paid=at,
        )
        if website_invoice is not None:
            self.systems.website_payment(
                at + 10, payment, "paid", amount, self.currency, at - 4 * MINUTE, invoice=website_invoice
            )
        self.books.receipt(at + 2 * MINUTE, f"RCP-{payment}", "success", amount, self.currency, payment=payment)
        self.systems.deal(
            at + 30 * MINUTE, f"DEAL-{payment}", "paid", amount, self.currency, invoice=self.invoice, payment=payment
        )
        return id_

    def write_card_document(
        self,
        at: int,
        amount: int,
        payment: str,
        *,
        by: str = "payment",
        invoice: str | None = None,
        id_: str | None = None,
    ) -> str:
        """Accounting's document of such a payment; returns its id."""
        document = id_ or f"KP-{payment}"
        self.books.payment(
            at,
            document,
            "customer_card_payment",
            amount,
            self.currency,
            payment=payment if by == "payment" else "",
            invoice=self.invoice if invoice is None else invoice,
            customer=self.customer,
            contract=self.contract,
        )
        return document

    def write_hold(self, number: int, amount: int) -> str:
        """Goods put aside at issue; returns the reserve's id."""
        reserve = f"RES{number}-{self.invoice}"
        at = self.issued + 30 * MINUTE
        self.systems.reserve(at, reserve, "held", amount, self.currency, at, self.customer, invoice=self.invoice)
        return reserve

    def write_shipment(self, number: int, amount: int, at: int, *, held: bool = True) -> str:
        """The reserve released and the goods shipped, delivered the next day; returns the delivery's id."""
        reserve, delivery = f"RES{number}-{self.invoice}", f"DLV{number}-{self.invoice}"
        if held:
            put_aside = self.issued + 30 * MINUTE
            self.systems.reserve(
                at, reserve, "released", amount, self.currency, put_aside, self.customer, invoice=self.invoice
            )
        for version, status in ((at + MINUTE, "shipped"), (moment(at // DAY + 1, 17), "delivered")):
            self.systems.delivery(
                version,
                delivery,
                status,
                amount,
                self.currency,
                at + MINUTE,
                reserve=reserve if held else "",
                invoice=self.invoice,
            )
        return delivery
