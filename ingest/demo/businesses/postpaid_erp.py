"""Subscriptions on ActivePlatform that are paid afterwards: 1C invoices each period, and customers transfer.

The platform closes a period the next morning and creates its payment; 1C invoices account and period, which are
attributes of its own; the payment is approved by a due date the day after, and completed when the money has come.
"""

from dataclasses import dataclass

from ingest.demo.businesses.onec import Company, Invoice, Ledger
from ingest.demo.kit import BI, BP, EI
from ingest.demo.story import FAR, Story
from ingest.demo.timeline import moment
from ingest.demo.truth import Record

UNCOMMENTED = (
    "entities:",
    "  Document_СчетНаОплатуПокупателю: {fields: {account_id: ЛицевойСчет, billing_period_start: НачалоПериода}}",
)

WEEK = 6


@dataclass
class Period:
    """A week of an account that ends on a day; each method writes one version of one record."""

    story: Story
    invoice: Invoice
    end: int
    external_total: int | None = None

    @property
    def id(self) -> str:
        """The platform's invoice."""
        return str(500 + self.invoice.number)

    @property
    def closed(self) -> int:
        """When the platform closes the period and creates its payment."""
        return self.at(1, 9)

    def at(self, days: int, hour: int, minute: int = 0) -> int:
        """A wall clock time some days after the period."""
        return moment(self.end + days, hour, minute)

    def write_platform(self, status: str, at: int, *, blocked: int = 0) -> Record:
        """The platform's invoice; what 1C bills in dollars is its external total."""
        external = self.external_total
        return self.story.tell(
            BI,
            at,
            platform_invoice_id=self.id,
            account_id=self.invoice.account,
            billing_period_start=self.end - WEEK,
            billing_period_end=self.end,
            status=status,
            amount=self.invoice.amount,
            currency="RUB",
            external_total=external,
            external_currency="" if external is None else "USD",
            blocked_charges_amount=blocked,
            closed_at=at if status == "closed" else None,
            updated_at=at,
        )

    def write_payment(
        self,
        status: str,
        at: int,
        *,
        due: int | None = FAR,
        method: str = "",
        suffix: str = "",
        created: int | None = None,
    ) -> Record:
        """The platform's payment; ``due`` days after the period, None while nobody approved it."""
        return self.story.tell(
            BP,
            at,
            platform_payment_id=f"9{self.id}{suffix}",
            kind="postpaid",
            platform_invoice_id=self.id,
            personal_account=self.invoice.account,
            method_name=method,
            amount=self.invoice.amount,
            currency="RUB",
            status=status,
            due_date=None if due is None else self.end + due,
            created_at=self.closed if created is None else created,
            paid_at=at if status == "completed" else None,
            updated_at=at,
        )

    def write_erp(
        self, status: str = "open", at: int | None = None, *, suffix: str = "", amount: int | None = None
    ) -> Record:
        """1C's invoice, of the external total where there is one."""
        total = self.external_total if amount is None else amount
        return self.invoice.write(status, at, amount=total, currency=self._currency, suffix=suffix)

    def write_begin(self, *left_out: str) -> None:
        """What happens until the payment is approved, except the parts named (closed, erp, payment)."""
        self.write_platform("open", self.at(0, 10), blocked=500_00)
        if "closed" not in left_out:
            self.write_platform("closed", self.closed)
        if "erp" not in left_out:
            self.write_erp()
        if "payment" not in left_out:
            self.write_payment("waiting", self.closed, due=None)
            self.write_payment("pending", self.at(2, 10))

    def write_transfer(self, day: int) -> Record:
        """The money comes and closes 1C's invoice, some days after the period."""
        self.invoice.write_transfer(self.at(day, 11), self.external_total, currency=self._currency)
        return self.write_erp("closed", self.at(day, 11, 30))

    def write_paid(self, day: int, *, method: str = "", due: int | None = FAR) -> Record:
        """The money, and the platform's payment completed an hour later."""
        self.write_transfer(day)
        return self.write_payment("completed", self.at(day, 12), method=method, due=due)

    def expect(self, code: str, *known: Record, event: int | None = None, healed: Record | None = None) -> None:
        """Expect something wrong with the platform's invoice."""
        heal = [] if healed is None else [healed]
        self.story.expect(code, "postpaid_invoice", f"platform:{self.id}", known, event=event, healed=heal)

    @property
    def _currency(self) -> str:
        return "RUB" if self.external_total is None else "USD"


class Platform:
    """Starts periods of a story."""

    def __init__(self, story: Story, ledger: Ledger) -> None:
        self.story = story
        self.ledger = ledger

    def period(self, end: int, external: bool = False) -> Period:
        """A period of a new account; ``external``: billed outside, in dollars."""
        invoice = self.ledger.invoice(end + 1, 11)
        invoice.account, invoice.period = str(8_000 + invoice.number), end - WEEK
        return Period(self.story, invoice, end, invoice.amount // 9_000 * 100 if external else None)


def tell(story: Story) -> None:
    """Nine days of a reseller."""
    ledger = Ledger(story, [Company(number) for number in range(1, 7)])
    ledger.write_directory()
    platform = Platform(story, ledger)
    for day in range(story.timeline.days):
        _ordinary_day(platform, day)
    for fault in FAULTS:
        fault(platform)
    ledger.overdue(3)
    ledger.overpaid_and_returned(2)


def _ordinary_day(platform: Platform, day: int) -> None:
    for external in (False, True):
        period = platform.period(day, external)
        period.write_begin()
        period.write_paid(3)
    again = platform.period(day)
    again.write_begin("payment")
    again.write_payment("cancelled", again.at(1, 10), due=None, suffix="0")
    again.write_payment("waiting", again.at(1, 10), due=None, created=again.at(1, 9, 30))
    again.write_payment("pending", again.at(2, 12), due=9, created=again.at(1, 9, 30))
    platform.ledger.paid_next_day(day)


# ---------- what goes wrong


def _not_closed(platform: Platform) -> None:
    """Never closed, with charges still blocked; closed three days late."""
    period = platform.period(2)
    shown = period.write_platform("open", period.at(0, 10), blocked=900_00)
    period.expect("blocked_charges_open", shown, event=moment(3, 0))
    period.expect("postpay_invoice_not_closed", shown, event=moment(5, 0))
    period = platform.period(1)
    shown = period.write_platform("open", period.at(0, 10))
    late = period.at(5, 9)
    healed = period.write_platform("closed", late)
    period.write_payment("waiting", late, due=None, created=late)
    period.write_payment("pending", period.at(6, 10), created=late)
    period.invoice.issued = period.at(5, 11)
    period.write_erp()
    period.expect("postpay_invoice_not_closed", shown, event=moment(4, 0), healed=healed)


def _nobody_pays(platform: Platform) -> None:
    """No payment was created; it is not approved; it was due."""
    period = platform.period(5)
    period.write_begin("payment")
    period.expect("postpay_payment_missing", (BI, period.closed))
    period = platform.period(3)
    period.write_begin("payment")
    period.write_payment("waiting", period.closed, due=None)
    period.expect("postpay_not_approved", (BI, period.closed))
    period = platform.period(3)
    period.write_begin("payment")
    period.write_payment("pending", period.at(1, 10), due=3)
    period.expect("postpay_overdue", (BP, period.at(1, 10)), event=period.at(4, 0))


def _not_invoiced(platform: Platform) -> None:
    """1C has no invoice; has two; has another sum, which is corrected; has not the dollars."""
    period = platform.period(3)
    period.write_begin("erp")
    period.expect("postpay_invoice_unmatched", (BI, period.closed))
    period = platform.period(4)
    period.write_begin()
    period.write_erp(suffix="-2")
    period.expect("postpay_invoice_ambiguous", (BI, period.closed), (EI, period.invoice.issued))
    period = platform.period(4)
    period.write_begin("erp")
    issued = period.write_erp(amount=period.invoice.amount + 800_00)
    healed = period.write_erp(at=period.at(4, 11))
    period.expect("postpay_external_total_mismatch", (BI, period.closed), issued, healed=healed)
    period = platform.period(6, external=True)
    period.write_begin("erp")
    issued = period.invoice.write()
    period.expect("postpay_external_total_mismatch", (BI, period.closed), issued)


def _paid_otherwise(platform: Platform) -> None:
    """Completed without approval; from the balance though billed in dollars; only here; only there."""
    period = platform.period(5)
    period.write_begin("payment")
    period.write_payment("waiting", period.closed, due=None)
    paid = period.write_paid(2, due=None)
    period.expect("postpay_completed_without_approval", paid)
    period = platform.period(4, external=True)
    period.write_begin()
    paid = period.write_paid(3, method="balance")
    period.expect("postpay_balance_payment_forbidden", (BI, period.closed), paid)
    period = platform.period(4)
    period.write_begin()
    paid = period.write_payment("completed", period.at(3, 12))
    period.expect("postpay_completed_not_paid", paid)
    period = platform.period(2)
    period.write_begin()
    closed = period.write_transfer(3)
    healed = period.write_payment("completed", period.at(6, 12))
    period.expect("postpay_paid_not_completed", closed, event=period.invoice.issued, healed=healed)


FAULTS = (_not_closed, _nobody_pays, _not_invoiced, _paid_otherwise)
