"""What the reconciliation must find in the demonstration world, computed from the rules and nothing else.

A rule is transcribed from ``exceptions.md``: its grace and the contracts it is seen by. A fault gives the moment of the
event, the records without which the code could not be known, and the records that heal it. Together with the dates on
which extracts arrive, that decides the first and the last run date on which the exception must stand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.demo.timeline import DAY, HOUR

Record = tuple[str, int]
"""A record version: its contract and the moment it was written."""


@dataclass(frozen=True)
class Rule:
    """Grace in hours and the contracts that cover the rule."""

    grace: int
    seen_by: tuple[str, ...]
    scope: str = "daily"


def _rule(grace: int, seen_by: str, scope: str = "daily") -> Rule:
    return Rule(grace, tuple(_CONTRACTS[word] for word in seen_by.split()), scope)


_CONTRACTS = {
    "PP": "provider.payments",
    "PR": "provider.refunds",
    "PD": "provider.disputes",
    "PO": "provider.payouts",
    "WO": "website.orders",
    "WP": "website.payments",
    "CI": "crm.invoices",
    "CD": "crm.deals",
    "EP": "erp.payments",
    "ER": "erp.refunds",
    "EI": "erp.invoices",
    "FR": "fiscal.receipts",
}

RULES: dict[str, Rule] = {
    # Payments
    "provider_paid_erp_unpaid": _rule(24, "EP WP PP PO"),
    "erp_posted_provider_not_paid": _rule(24, "PP WP PO"),
    "website_paid_provider_not_paid": _rule(1, "PP EP"),
    "provider_paid_website_unpaid": _rule(1, "WP"),
    "crm_status_mismatch": _rule(24, "CD PP EP WP"),
    "erp_amount_mismatch": _rule(24, "EP"),
    "website_amount_mismatch": _rule(0, "WP"),
    "currency_mismatch": _rule(0, ""),
    "invoice_currency_mismatch": _rule(0, "CI EI"),
    "erp_duplicate_document": _rule(0, ""),
    "business_date_mismatch": _rule(0, ""),
    "duplicate_payment": _rule(0, "WO WP PR"),
    "several_invoices_for_payment": _rule(0, "PP"),
    "unlinked_payment": _rule(24, "WP EP"),
    "payment_stuck_at_provider": _rule(168, "PP"),
    "ambiguous_match": _rule(0, ""),
    "receipt_missing": _rule(24, "FR EP WP"),
    "receipt_stuck": _rule(24, "FR"),
    "receipt_failed": _rule(4, "FR"),
    "receipt_duplicate": _rule(0, ""),
    "receipt_amount_mismatch": _rule(24, "FR PP EP"),
    "receipt_without_payment": _rule(24, "PP EP WP"),
    "erp_receipt_status_stale": _rule(24, "EP FR"),
    "manual_change_without_audit": _rule(0, ""),
    # Refunds
    "refund_missing_in_erp": _rule(48, "ER EP"),
    "refund_missing_in_provider": _rule(48, "PR PP PD"),
    "refund_amount_mismatch": _rule(0, ""),
    "refund_exceeds_payment": _rule(0, "PP EP"),
    "refund_receipt_missing": _rule(24, "FR"),
    "refund_receipt_amount_mismatch": _rule(0, ""),
    "refund_receipt_without_refund": _rule(24, "PR ER"),
    "refund_unlinked": _rule(0, "PP EP EI CI"),
    # Sources: by arrival alone, see faults_sources
    "source_extract_missing": _rule(0, ""),
    "rows_rejected": _rule(0, ""),
    "extract_refused": _rule(0, ""),
    # The rest of the catalogue, where an injected fault raises it too
    "order_paid_without_payment": _rule(72, "PP EP WP", "catalogue"),
}


@dataclass(frozen=True)
class Fault:
    """One exception that must stand on every run date from the first to the last, by day number."""

    code: str
    subject_type: str
    subject_id: str
    first_day: int
    last_day: int
    scope: str


@dataclass
class Arrivals:
    """On which run day each extract is there: on its own day, unless it comes late or (None) never."""

    days: int
    exceptions: Mapping[tuple[str, int], int | None] = field(default_factory=dict)

    def day(self, contract: str, day: int) -> int | None:
        """The run day from which the extract of ``day`` is there."""
        return self.exceptions.get((contract, day), day)

    def of(self, record: Record) -> int | None:
        """The run day from which a record version is known; None when it never is in this world."""
        contract, at = record
        day = at // DAY
        return self.day(contract, day) if day < self.days else None

    def coverage(self, contract: str, run_day: int) -> int:
        """The day before the first extract that is missing on the run day, else the run day itself."""
        missing = [
            day
            for (late, day), arrives in self.exceptions.items()
            if late == contract and day <= run_day and (arrives is None or arrives > run_day)
        ]
        return min(missing) - 1 if missing else run_day


class Truth:
    """Collects the faults of a world."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        self.faults: list[Fault] = []

    def expect(
        self,
        code: str,
        subject_type: str,
        subject_id: str,
        *,
        event: int,
        known: Iterable[Record],
        healed: Iterable[Record] = (),
        grace: int | None = None,
    ) -> None:
        """An exception that stands once its records are known and its event is older than the grace (hours).

        It stands until all records of ``healed`` are known. One that would heal before it shows is not expected.
        """
        rule = RULES[code]
        seconds = (rule.grace if grace is None else grace) * HOUR
        first = self._first_day(rule, list(known), event + seconds)
        last = self._last_day(list(healed))
        if first is not None and first <= last:
            self.add(code, subject_type, subject_id, first, last)

    def add(self, code: str, subject_type: str, subject_id: str, first_day: int, last_day: int) -> None:
        """An exception whose dates are plain."""
        self.faults.append(Fault(code, subject_type, subject_id, first_day, last_day, RULES[code].scope))

    def _first_day(self, rule: Rule, known: list[Record], ripe: int) -> int | None:
        for run_day in range(self.arrivals.days):
            arrived = [self.arrivals.of(record) for record in known]
            if any(day is None or day > run_day for day in arrived):
                continue
            covered = min((self.arrivals.coverage(contract, run_day) for contract in rule.seen_by), default=run_day)
            if (covered + 1) * DAY > ripe:
                return run_day
        return None

    def _last_day(self, healed: list[Record]) -> int:
        last = self.arrivals.days - 1
        if not healed:
            return last
        arrived = [self.arrivals.of(record) for record in healed]
        known = [day for day in arrived if day is not None]
        return max(known) - 1 if len(known) == len(arrived) else last
