"""What differs between two published databases: exceptions, match status of payments, balances.

Values are compared null-safely; as_of_date is not. Both files are opened read-only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from dagster_app.errors import BadRequestError
from dagster_app.queries.connection import Row, fetch

_EXCEPTIONS = """
select
    exception_id,
    coalesce(b.exception_code, a.exception_code) as exception_code,
    coalesce(b.severity, a.severity) as severity,
    coalesce(b.owner, a.owner) as owner,
    coalesce(b.subject_type, a.subject_type) as subject_type,
    coalesce(b.subject_id, a.subject_id) as subject_id,
    coalesce(a.state, 'absent') as state_before,
    coalesce(b.state, 'absent') as state_after,
    a.amount as amount_before,
    b.amount as amount_after,
    a.currency as currency_before,
    b.currency as currency_after,
    a.reason as reason_before,
    b.reason as reason_after,
    coalesce(b.currency, a.currency) as currency,
    case
        when a.state is distinct from 'open' and b.state = 'open' then 'gained'
        when a.state = 'open' and b.state is distinct from 'open' then 'lost'
        else 'changed'
    end as difference
from a.marts.fct_exceptions as a
full join b.marts.fct_exceptions as b using (exception_id)
where
    a.state is distinct from b.state
    or a.amount is distinct from b.amount
    or a.currency is distinct from b.currency
    or a.reason is distinct from b.reason
    or a.severity is distinct from b.severity
    or a.owner is distinct from b.owner
order by abs(coalesce(b.amount, a.amount)) desc nulls last, exception_code, subject_id, exception_id
"""

_PAYMENTS = """
select
    payment_key,
    coalesce(a.match_status, 'absent') as status_before,
    coalesce(b.match_status, 'absent') as status_after,
    coalesce(b.provider_amount, b.website_amount, b.erp_amount, a.provider_amount, a.website_amount, a.erp_amount)
        as amount,
    coalesce(b.currency, a.currency) as currency,
    coalesce(b.business_date, a.business_date) as business_date
from a.marts.fct_payment_reconciliation as a
full join b.marts.fct_payment_reconciliation as b using (payment_key)
where a.match_status is distinct from b.match_status
order by status_before, status_after, amount desc nulls last, payment_key
"""


@dataclass(frozen=True)
class Balances:
    """A mart of balances: its key, what is compared, and the column whose change says how much."""

    mart: str
    keys: tuple[str, ...]
    values: tuple[str, ...]

    def sql(self) -> str:
        """Rows with any value changed: the keys, then each value before and after, the greatest change first."""
        keys = ", ".join(self.keys)
        shown = ", ".join(f"a.{name} as {name}_before, b.{name} as {name}_after" for name in self.values)
        differs = " or ".join(f"a.{name} is distinct from b.{name}" for name in self.values)
        amounts = [name for name in self.values if name.endswith("_amount")]
        change = ", ".join(f"abs(coalesce(b.{name}, 0) - coalesce(a.{name}, 0))" for name in amounts)
        return (
            f"select {keys}, {shown} from a.marts.{self.mart} as a full join b.marts.{self.mart} as b using ({keys})"
            f" where {differs} order by greatest({change}) desc, {keys}"
        )


CUSTOMERS = Balances(
    "fct_customer_balances", ("customer_id", "currency"), ("debt_amount", "overpayment_amount", "unapplied_amount")
)
INVOICES = Balances(
    "fct_invoice_balances",
    ("invoice_id",),
    ("currency", "debt_amount", "overpayment_amount", "balance_amount", "balance_status"),
)


@dataclass(frozen=True)
class Side:
    """One of the two databases and the date it stands for."""

    database: Path
    as_of: date | None


@dataclass(frozen=True)
class Comparison:
    """Everything that differs, before (A) and after (B); `not_compared` names marts that one of them does not have.

    gained: open in B and not in A. lost: open in A and not in B. changed: open in both or in neither, with another
    state, amount, reason, severity or owner.
    """

    a: Side
    b: Side
    gained: list[Row] = field(default_factory=list)
    lost: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    payment_counts: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    invoices: list[Row] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether nothing that was compared differs."""
        return not (self.gained or self.lost or self.changed or self.payments or self.customers or self.invoices)


def compare(a: Path, b: Path) -> Comparison:
    """Compare two published databases. Raises BadRequestError when one is none."""
    with _opened(a, b) as connection:
        marts = [_marts(connection, name) for name in ("a", "b")]
        for path, known in zip((a, b), marts, strict=True):
            if "fct_exceptions" not in known:
                raise BadRequestError(f"{path} is no published database of Sverka")
        common = marts[0] & marts[1]
        exceptions = fetch(connection, _EXCEPTIONS)
        payments = _rows(connection, common, "fct_payment_reconciliation", _PAYMENTS)
        statuses = Counter((row["status_before"], row["status_after"]) for row in payments)
        compared = ("fct_payment_reconciliation", CUSTOMERS.mart, INVOICES.mart)
        return Comparison(
            a=Side(a, _as_of(connection, "a", marts[0])),
            b=Side(b, _as_of(connection, "b", marts[1])),
            gained=_of_kind(exceptions, "gained"),
            lost=_of_kind(exceptions, "lost"),
            changed=_of_kind(exceptions, "changed"),
            payments=payments,
            payment_counts=[
                {"status_before": before, "status_after": after, "payments": number}
                for (before, after), number in sorted(statuses.items(), key=lambda item: (-item[1], item[0]))
            ],
            customers=_rows(connection, common, CUSTOMERS.mart, CUSTOMERS.sql()),
            invoices=_rows(connection, common, INVOICES.mart, INVOICES.sql()),
            not_compared=[mart for mart in compared if mart not in common],
        )


def totals(rows: list[Row], amount: str, currency: str = "currency") -> list[Row]:
    """Per currency the number of rows and the sum of an amount; rows without an amount are counted alone."""
    groups: dict[str, Row] = {}
    for row in rows:
        name = row[currency] or ""
        group = groups.setdefault(name, {"currency": name or None, "count": 0, "amount": None})
        group["count"] += 1
        if row[amount] is not None:
            group["amount"] = (group["amount"] or Decimal(0)) + row[amount]
    return [groups[name] for name in sorted(groups)]


def _of_kind(rows: list[Row], kind: str) -> list[Row]:
    return [
        {name: value for name, value in row.items() if name != "difference"}
        for row in rows
        if row["difference"] == kind
    ]


def _rows(connection: Any, common: set[str], mart: str, sql: str) -> list[Row]:
    return fetch(connection, sql) if mart in common else []


@contextmanager
def _opened(a: Path, b: Path) -> Iterator[Any]:
    import duckdb

    for path in (a, b):
        if not path.is_file():
            raise BadRequestError(f"there is no database {path}")
    if a.samefile(b):
        raise BadRequestError(f"{a} and {b} are the same file")
    connection = duckdb.connect()
    try:
        for name, path in (("a", a), ("b", b)):
            text = str(path).replace("'", "''")
            try:
                connection.execute(f"attach '{text}' as {name} (read_only)").fetchall()
            except duckdb.Error as error:
                raise BadRequestError(f"{path} cannot be opened: {str(error).splitlines()[0]}") from error
        yield connection
    finally:
        connection.close()


def _marts(connection: Any, catalog: str) -> set[str]:
    sql = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts'"
    return {row["table_name"] for row in fetch(connection, sql, [catalog])}


def _as_of(connection: Any, catalog: str, known: set[str]) -> date | None:
    dated = [mart for mart in ("fct_source_coverage", "fct_daily_summary", "fct_exceptions") if mart in known]
    union = " union all ".join(f"select max(as_of_date) as d from {catalog}.marts.{mart}" for mart in dated)
    found: date | None = fetch(connection, f"select max(d) as d from ({union})")[0]["d"]
    return found
