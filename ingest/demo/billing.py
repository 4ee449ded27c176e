"""The billing platforms of the demonstration business: postpaid invoices and personal accounts."""

# A row is written as groups of columns added together, which reads better than thirty lines of one value each.
# ruff: noqa: RUF005
from dataclasses import dataclass

from ingest.demo.books import Books
from ingest.demo.extracts import ExtractWriter
from ingest.demo.parties import Account
from ingest.demo.text import flag, money
from ingest.demo.timeline import MINUTE, Timeline, moment

METHODS = {
    "cash_receipt_order": "Оплата наличными",
    "incoming_payment_order": "Оплата банковской картой",
    "customer_card_payment": "Оплата платежной картой через терминал",
}
"""How the platform names the ways of payment that accounting exports."""

ORGANISATION = "99100001"
"""Tax id of the organisation that serves the personal accounts."""

DUE_DAYS = 370
"""Until a payment of a postpaid invoice is due, unless said: after the end of any world of a year."""


class Billing:
    """Writes the platforms' records; conventions as in ``systems``."""

    def __init__(self, writer: ExtractWriter, timeline: Timeline) -> None:
        self.timeline = timeline
        self._add = writer.add

    def account(self, at: int, id_: str, customer: str, active: bool = True) -> None:
        """A personal account."""
        self._add("billing.accounts", at, (id_, customer, ORGANISATION, flag(active), self.timeline.utc(at)))

    def invoice(
        self, at: int, case: "PostpaidCase", status: str, *, blocked: int = 0, closed: int | None = None
    ) -> None:
        """A postpaid invoice."""
        iso, write = self.timeline.iso, self.timeline.utc
        external = "" if case.external_total is None else money(case.external_total)
        self._add(
            "billing.invoices",
            at,
            (case.id, case.account, case.customer, iso(case.start), iso(case.end), status, money(case.amount))
            + (case.currency, external, case.external_currency, money(blocked), write(closed), write(at)),
        )

    def payment(
        self,
        at: int,
        id_: str,
        kind: str,
        amount: int,
        currency: str,
        status: str,
        *,
        created: int,
        paid: int | None = None,
        due_day: int | None = None,
        invoice: str = "",
        account: str = "",
        document: str = "",
        payer: str = "",
        organisation: str = "",
        method: str = "",
    ) -> None:
        """A payment of a postpaid invoice, or onto a personal account."""
        write = self.timeline.utc
        due = "" if due_day is None else self.timeline.iso(due_day)
        self._add(
            "billing.payments",
            at,
            (id_, kind, invoice, account, document, payer, organisation, method, money(amount), currency, status, due)
            + (write(created), write(paid), write(at)),
        )


@dataclass(slots=True)
class PostpaidCase:
    """A platform's invoice of one week of an account; each method writes one version of one record."""

    billing: Billing
    books: Books
    id: str
    account: str
    customer: str
    end: int
    amount: int
    currency: str = "AMD"
    external_total: int | None = None
    external_currency: str = ""

    @property
    def start(self) -> int:
        """The first day of the period."""
        return self.end - 6

    @property
    def closed(self) -> int:
        """When the platform closes the period, unless it is late."""
        return self.at(1, 9)

    @property
    def erp_document(self) -> str:
        """Accounting's id of the invoice."""
        return f"E{self.id}"

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A local wall clock time some days after the last of the period."""
        return moment(self.end + days, hour, minute)

    def write_open(self, blocked: int = 0) -> None:
        """Still collecting charges on the last day of the period."""
        self.billing.invoice(self.at(0, 10), self, "open", blocked=blocked)

    def write_closed(self, at: int | None = None, *, blocked: int = 0, closed: int | None = None) -> None:
        """Closed the next morning."""
        at = self.closed if at is None else at
        self.billing.invoice(at, self, "closed", blocked=blocked, closed=at if closed is None else closed)

    def write_erp(
        self,
        status: str,
        at: int,
        *,
        amount: int | None = None,
        currency: str | None = None,
        id_suffix: str = "",
        posted: bool = True,
    ) -> None:
        """Accounting's invoice for the account and period; of the external total where there is one."""
        total = self.amount if self.external_total is None else self.external_total
        self.books.invoice(
            at,
            self.erp_document + id_suffix,
            "",
            self.customer,
            "",
            status,
            total if amount is None else amount,
            currency or self.external_currency or self.currency,
            self.at(1, 11),
            self.end + 30,
            posted=posted,
            account=self.account,
            period=self.start,
        )

    def write_payment(
        self,
        status: str,
        at: int,
        *,
        due: int | None = DUE_DAYS,
        paid: int | None = None,
        method: str = "",
        created: int | None = None,
        id_suffix: str = "",
    ) -> None:
        """The linked payment; ``due`` is how many days after the period, None while nobody approved it."""
        if status == "completed" and paid is None:
            paid = at
        self.billing.payment(
            at,
            f"PP-{self.id}{id_suffix}",
            "postpaid",
            self.amount,
            self.currency,
            status,
            created=self.at(1, 9, 30) if created is None else created,
            paid=paid,
            due_day=None if due is None else self.end + due,
            invoice=self.id,
            method=method,
        )

    def write_begin(self, *left_out: str) -> None:
        """What happens until the payment is approved: open, closed, in accounting, payment, due date; or not all."""
        if "open" not in left_out:
            self.write_open()
        if "closed" not in left_out:
            self.write_closed()
        if "erp" not in left_out:
            self.write_erp("open", self.at(1, 11))
        if "payment" not in left_out:
            self.write_payment("waiting", self.at(1, 9, 30), due=None)
            self.write_payment("pending", self.at(2, 10))

    def write_paid(self, day: int) -> None:
        """Completed on the platform and closed in accounting, some days after the period."""
        self.write_payment("completed", self.at(day, 12))
        self.write_erp("closed", self.at(day, 15))


@dataclass(slots=True)
class ExportCase:
    """An accounting document of money for a personal account, and its payment on the billing platform."""

    billing: Billing
    books: Books
    document: str
    kind: str
    account: Account
    amount: int
    at: int

    @property
    def payment(self) -> str:
        """Our id of the payment, when it is one by card."""
        return f"PAY-{self.document}"

    @property
    def subject(self) -> str:
        """The subject id of accounting's document."""
        return f"erp.payments:erp:{self.document}"

    def write_document(
        self,
        at: int | None = None,
        *,
        posted: bool = True,
        contract: str | None = None,
    ) -> None:
        """Accounting's document; that of a card names the payment."""
        self.books.payment(
            self.at if at is None else at,
            self.document,
            self.kind,
            self.amount,
            "AMD",
            document=self.at,
            posted=posted,
            payment=self.payment if self.kind == "customer_card_payment" else "",
            customer=self.account.customer,
            tax_id=self.account.tax_id,
            organisation=ORGANISATION,
            contract=self.account.contract if contract is None else contract,
        )

    def write_export(
        self,
        at: int | None = None,
        *,
        id_suffix: str = "",
        status: str = "completed",
        amount: int | None = None,
        currency: str = "AMD",
        account: str | None = None,
        payer: str | None = None,
        organisation: str = ORGANISATION,
        method: str | None = None,
        document: str | None = None,
        created: int | None = None,
    ) -> str:
        """The platform's payment, by default half an hour after the document; returns its subject id."""
        at = self.at + 30 * MINUTE if at is None else at
        id_ = f"BP-{self.document}{id_suffix}"
        created = at if created is None else created
        self.billing.payment(
            at,
            id_,
            "account",
            self.amount if amount is None else amount,
            currency,
            status,
            created=created,
            paid=created if status == "completed" else None,
            account=self.account.personal_account if account is None else account,
            document=self.document if document is None else document,
            payer=self.account.tax_id if payer is None else payer,
            organisation=organisation,
            method=f"{METHODS[self.kind]} (demo)" if method is None else method,
        )
        return f"billing:{id_}"
