"""What the report shows, read from the published marts in one go; nothing is computed that a query could not say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dagster_app.queries.connection import PublishedHome, Row, business_timezone, fetch, published
from dagster_app.queries.status import SEVERITY_ORDER, check_date, coverage, open_amounts, open_by_code, open_totals

STATUSES = ("matched", "mismatched", "missing", "ambiguous", "pending", "accepted", "not_applicable")
AGEING_BUCKETS = ("not_due", "1-30", "31-60", "61-90", "90+")
TREND_DAYS = 31
HTML_ROW_LIMIT = 1000

#: The bridge as finance reads it, from top to bottom: sign, column, words.
BRIDGE_LINES = (
    ("", "provider_paid_amount", "Paid at the providers"),
    ("−", "in_transit_amount", "In transit: accounting still has time to post"),
    ("−", "missing_in_erp_amount", "Missing in accounting"),
    ("−", "posted_in_batch_amount", "Posted as part of a payout"),
    ("+", "erp_without_provider_amount", "Posted without a paid provider payment"),
    ("+", "difference_amount", "Differences of amount, accounting − provider"),
    ("+", "duplicate_amount", "Several documents for one payment"),
    ("+", "currency_break_amount", "Currency breaks"),
    ("=", "erp_posted_amount", "Posted in accounting"),
    ("", "residual_amount", "Unexplained residual (must be 0)"),
)

#: due_at is UTC; people read it in the business time zone.
EXCEPTION_LIST = f"""
select
    e.exception_id,
    e.exception_code,
    t.title_en,
    t.title_ru,
    t.action_en,
    t.action_ru,
    e.exception_class,
    e.severity,
    e.owner,
    e.assigned_to,
    e.subject_type,
    e.subject_id,
    e.payment_key,
    e.order_id,
    e.invoice_id,
    e.customer_id,
    e.amount,
    e.currency,
    e.reason,
    e.first_seen_date,
    e.days_open,
    e.times_reopened,
    cast(e.due_at at time zone 'UTC' at time zone ? as timestamp) as due_at,
    coalesce(e.is_overdue, false) as is_overdue
from marts.fct_exceptions as e
left join marts.dim_exception_types as t on e.exception_code = t.exception_code
where e.state = 'open'
order by
    {SEVERITY_ORDER},
    e.amount desc nulls last,
    e.first_seen_date,
    e.exception_code,
    e.subject_id,
    e.exception_id
"""

_BRIDGE = "select {key}, " + ", ".join(f"sum({column}) as {column}" for _, column, _ in BRIDGE_LINES)


@dataclass(frozen=True)
class ReportData:
    """Rows of the marts for one business date; every list may be empty.

    days: the summary rows of as_of per currency. trend: the summary rows of the last days, oldest first.
    exceptions: the open ones, at most HTML_ROW_LIMIT of `totals["open_count"]`. bridge: per currency
    {"currency", "today": row, "earlier": row, "all": row}. known_now: payments per business date and status as known
    today.
    """

    as_of: date
    timezone: str
    days: list[Row]
    trend: list[Row]
    totals: Row
    risk: list[Row]
    by_code: list[Row]
    exceptions: list[Row]
    known_now: list[Row]
    coverage: list[Row]
    bridge: list[Row]
    ageing: list[Row]

    @property
    def late_feeds(self) -> list[Row]:
        """Feeds whose coverage ends before the report's date."""
        return [row for row in self.coverage if row["is_late"]]

    @property
    def rejected_rows(self) -> int:
        """Rows in quarantine over all feeds."""
        return sum(row["rows_rejected"] or 0 for row in self.coverage)


def gather(home: PublishedHome, as_of: date) -> ReportData:
    """Read the report of a date; raises NothingPublishedError, or WrongDateError when published holds another date."""
    with published(home) as connection:
        check_date(connection, home, as_of)
        return ReportData(
            as_of=as_of,
            timezone=business_timezone(home),
            days=summaries(connection, as_of, 1),
            trend=summaries(connection, as_of, TREND_DAYS),
            totals=open_totals(connection),
            risk=open_amounts(connection),
            by_code=group_by_code(open_by_code(connection)),
            exceptions=fetch(connection, EXCEPTION_LIST + f" limit {HTML_ROW_LIMIT}", [business_timezone(home)]),
            known_now=_known_now(connection, as_of),
            coverage=coverage(connection, as_of),
            bridge=_bridge(connection, as_of),
            ageing=_ageing(connection),
        )


def summaries(connection: Any, as_of: date, days: int) -> list[Row]:
    """Rows of the daily summary of the last `days` dates up to as_of; busiest currency first, rows without one last."""
    return fetch(
        connection,
        "select * from marts.fct_daily_summary where as_of_date > ?::date - ?::integer and as_of_date <= ?::date"
        " order by as_of_date, currency = 'XXX', payment_count desc, currency",
        [as_of, days, as_of],
    )


def group_by_code(rows: list[Row]) -> list[Row]:
    """One row per code, severity and owner; money of several currencies side by side under `amounts`."""
    groups: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        group = groups.setdefault(
            (row["exception_code"], row["severity"], row["owner"]),
            row | {"amounts": [], "open_count": 0, "overdue_count": 0},
        )
        group["open_count"] += row["open_count"]
        group["overdue_count"] += row["overdue_count"]
        group["oldest_date"] = min(group["oldest_date"], row["oldest_date"])
        if row["open_amount"] is not None:
            group["amounts"].append((row["open_amount"], row["currency"]))
    return list(groups.values())


def _known_now(connection: Any, as_of: date) -> list[Row]:
    """Payments of the last 14 business dates by status, as known today; those known by a CRM deal alone left out."""
    counts = ", ".join(f"count(*) filter (where match_status = '{status}') as {status}_count" for status in STATUSES)
    return fetch(
        connection,
        f"select business_date, count(*) as payment_count, {counts} from marts.fct_payment_reconciliation"
        " where business_date > ?::date - 14 and business_date <= ?::date"
        " and not (provider_state = 'absent' and website_state = 'absent' and erp_state = 'absent'"
        " and fiscal_state in ('absent', 'not_required'))"
        " group by business_date order by business_date desc",
        [as_of, as_of],
    )


def _bridge(connection: Any, as_of: date) -> list[Row]:
    """Per currency the bridge of the date, of earlier dates and of all; dates after as_of belong to `all` alone."""
    sql = _BRIDGE.format(key="currency, case when business_date = ? then 'today' else 'earlier' end as period")
    rows = fetch(connection, f"{sql} from marts.fct_payment_bridge group by all order by currency", [as_of])
    totals = fetch(
        connection, _BRIDGE.format(key="currency") + " from marts.fct_payment_bridge group by all order by 1"
    )
    parts = {(row["currency"], row["period"]): row for row in rows}
    return [
        {
            "currency": total["currency"],
            "today": parts.get((total["currency"], "today")),
            "earlier": parts.get((total["currency"], "earlier")),
            "all": total,
        }
        for total in totals
    ]


def _ageing(connection: Any) -> list[Row]:
    """Per currency {"currency", "buckets": {bucket: (debt, invoices)}, "debt_amount", "invoice_count"}."""
    rows = fetch(
        connection,
        "select currency, ageing_bucket, sum(debt_amount) as debt_amount, sum(invoice_count)::bigint as invoice_count"
        " from marts.fct_receivables_ageing group by all order by currency",
    )
    tables: dict[str, Row] = {}
    for row in rows:
        table = tables.setdefault(
            row["currency"], {"currency": row["currency"], "buckets": {}, "debt_amount": 0, "invoice_count": 0}
        )
        table["buckets"][row["ageing_bucket"]] = (row["debt_amount"], row["invoice_count"])
        table["debt_amount"] += row["debt_amount"]
        table["invoice_count"] += row["invoice_count"]
    return list(tables.values())
