"""Invoices in 1C and the transfers that pay them, which several businesses have.

1C writes no time of change: an invoice that is closed says so from that day's extract on, and counts from its date.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.demo.kit import CC, EI, EP, ER
from ingest.demo.story import FAR, Story, guid
from ingest.demo.timeline import DAY, moment
from ingest.demo.truth import Record


@dataclass(frozen=True)
class Company:
    """A customer with a contract, as the catalogues of 1C have it."""

    number: int
    account: str = ""

    @property
    def customer(self) -> str:
        """Ref_Key of the counterparty."""
        return guid(f"Контрагент {self.number}")

    @property
    def contract(self) -> str:
        """Ref_Key of the contract."""
        return guid(f"Договор {self.number}")

    @property
    def tax_id(self) -> str:
        """ИНН."""
        return f"77029{self.number:05}"

    def write(self, story: Story, at: int) -> None:
        """Counterparty and contract; the contract names the personal account, if there is one."""
        story.tell(
            "crm.customers",
            at,
            customer_id=self.customer,
            name=f"ООО «Покупатель {self.number}»",
            customer_type="company",
            tax_id=self.tax_id,
            accounting_code=f"00-{self.number:06}",
            is_active=True,
        )
        story.tell(
            CC,
            at,
            contract_id=self.contract,
            customer_id=self.customer,
            currency="RUB",
            payment_terms_days="14",
            personal_account=self.account,
            valid_from=-100,
            status="active",
        )


@dataclass
class Invoice:
    """An invoice to a company; each method writes one version of one document."""

    story: Story
    company: Company
    number: int
    issued: int
    amount: int
    currency: str = "RUB"
    due: int | None = None
    account: str = ""
    period: int | None = None

    @property
    def id(self) -> str:
        """Ref_Key, which is the invoice's id as well."""
        return guid(f"Счет {self.number}")

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A wall clock time some days after issue."""
        return moment(self.issued // DAY + days, hour, minute)

    def write(
        self,
        status: str = "open",
        at: int | None = None,
        *,
        amount: int | None = None,
        currency: str = "",
        suffix: str = "",
        posted: bool = True,
    ) -> Record:
        """One version of the invoice."""
        document = guid(f"Счет {self.number}{suffix}")
        return self.story.tell(
            EI,
            self.issued if at is None else at,
            erp_document_id=document,
            number=f"0000-{self.number:06}{suffix}",
            posted=posted,
            deleted=False,
            invoice_id=document,
            customer_id=self.company.customer,
            customer_tax_id=self.company.tax_id,
            contract_id=self.company.contract,
            amount=self.amount if amount is None else amount,
            currency=currency or self.currency,
            issued_at=self.issued,
            due_date=self.issued // DAY + FAR if self.due is None else self.due,
            status=status,
            account_id=self.account,
            billing_period_start=self.period,
        )

    def write_transfer(
        self,
        at: int,
        amount: int | None = None,
        *,
        currency: str = "",
        part: int | None = None,
        posted: bool = True,
        written: int | None = None,
    ) -> Record:
        """A transfer that pays the invoice; ``part`` of one that pays several."""
        number = self.number if part is None else self.number - part + 1
        document = guid(f"Поступление {number}")
        return self.story.tell(
            EP,
            at if written is None else written,
            erp_document_id=document if part is None else f"{document}#{part}",
            document_type="bank_receipt",
            number=f"0000-{number:06}",
            posted=posted,
            deleted=False,
            document_date=at,
            invoice_id=self.id,
            customer_id=self.company.customer,
            customer_tax_id=self.company.tax_id,
            contract_id=self.company.contract,
            amount=self.amount if amount is None else amount,
            currency=currency or self.currency,
            is_manual=False,
        )

    def write_refund(self, at: int, amount: int) -> Record:
        """Money that goes back to the customer, in the name of the invoice."""
        return self.story.tell(
            ER,
            at,
            erp_document_id=guid(f"Возврат по счету {self.number}"),
            number=f"В-{self.number:06}",
            posted=True,
            deleted=False,
            document_date=at,
            invoice_id=self.id,
            customer_id=self.company.customer,
            amount=amount,
            currency=self.currency,
            is_manual=False,
        )


class Ledger:
    """Starts invoices of a story and tells their ordinary and their faulty lives."""

    def __init__(self, story: Story, companies: list[Company]) -> None:
        self.story = story
        self.companies = companies
        self._count = 0

    def invoice(self, day: int, hour: int = 10) -> Invoice:
        """A new invoice of an amount of its own."""
        self._count += 1
        company = self.companies[self._count % len(self.companies)]
        amount = (20_000 + self._count * 711 % 90_000) * 100 + self._count
        return Invoice(self.story, company, self._count, moment(day, hour), amount)

    def write_directory(self) -> None:
        """Every company in the first extract."""
        for company in self.companies:
            company.write(self.story, moment(0, 1))

    def paid_next_day(self, day: int) -> None:
        """Issued, paid the next day, closed with it; entered unposted first."""
        invoice = self.invoice(day)
        invoice.write()
        invoice.write_transfer(invoice.at(1, 11), posted=False)
        invoice.write_transfer(invoice.at(1, 11), written=invoice.at(2, 9))
        invoice.write("closed", invoice.at(2, 9, 30))

    def paid_together(self, day: int) -> None:
        """One transfer pays two invoices."""
        one, two = self.invoice(day), self.invoice(day)
        two.company = one.company
        for part, invoice in ((1, one), (2, two)):
            invoice.write()
            invoice.write_transfer(invoice.at(1, 15), part=part)
            invoice.write("closed", invoice.at(1, 16))

    def cancelled(self, day: int) -> None:
        """Issued and cancelled the next day."""
        invoice = self.invoice(day)
        invoice.write()
        invoice.write("cancelled", invoice.at(1, 12))

    # ---------- what goes wrong

    def closed_with_debt(self, day: int) -> None:
        """Closed when only a part was paid."""
        invoice = self.invoice(day)
        invoice.write()
        paid = invoice.write_transfer(invoice.at(1, 11), invoice.amount - 500_00)
        closed = invoice.write("closed", invoice.at(1, 12))
        self._expect("erp_invoice_closed_with_debt", invoice, [paid, closed], event=paid[1])

    def open_but_paid(self, day: int) -> None:
        """Paid whole, and closed three days late."""
        invoice = self.invoice(day)
        invoice.write()
        paid = invoice.write_transfer(invoice.at(1, 11))
        closed = invoice.write("closed", invoice.at(4, 12))
        self._expect("erp_invoice_open_but_paid", invoice, [paid], healed=[closed])

    def overdue(self, day: int) -> None:
        """Not paid by its date."""
        invoice = self.invoice(day)
        invoice.due = day + 2
        issued = invoice.write()
        self._expect("invoice_overdue", invoice, [issued], event=moment(day + 3, 0))

    def overpaid(self, day: int) -> None:
        """Paid more than invoiced."""
        invoice = self.invoice(day)
        invoice.write()
        paid = invoice.write_transfer(invoice.at(1, 11), invoice.amount + 700_00)
        invoice.write("closed", invoice.at(1, 12))
        self._expect("invoice_overpaid", invoice, [paid])

    def overpaid_and_returned(self, day: int) -> None:
        """Paid more than invoiced, which goes back two days later."""
        invoice = self.invoice(day)
        invoice.write()
        paid = invoice.write_transfer(invoice.at(1, 11), invoice.amount + 300_00)
        invoice.write("closed", invoice.at(1, 12))
        returned = invoice.write_refund(invoice.at(3, 15), 300_00)
        self._expect("invoice_overpaid", invoice, [paid], healed=[returned])

    def _expect(
        self,
        code: str,
        invoice: Invoice,
        known: list[Record],
        *,
        event: int | None = None,
        healed: Sequence[Record] = (),
    ) -> None:
        self.story.expect(code, "invoice", invoice.id, known, event=event, healed=healed)
