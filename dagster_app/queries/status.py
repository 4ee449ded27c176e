"""What is published, how far each feed reaches, and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dagster_app.queries.connection import PublishedHome, Row, WrongDateError, fetch, last_published_date, published

#: Most urgent first; anything unknown last.
SEVERITY_ORDER = (
    "case e.severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end"
)

STATES = ("open", "snoozed", "resolved", "auto_closed")

_COVERAGE = """
select
    feed,
    contract,
    first_extract_date,
    last_extract_date,
    coverage_date,
    missing_dates,
    files,
    rows_loaded,
    rows_rejected,
    coalesce(coverage_date < as_of_date, true) as is_late
from marts.fct_source_coverage
where as_of_date = ?
order by is_late desc, coverage_date, feed, contract
"""

_BY_CODE = f"""
select
    e.exception_code,
    any_value(t.title_en) as title_en,
    any_value(t.title_ru) as title_ru,
    any_value(t.action_en) as action_en,
    e.exception_class,
    e.severity,
    e.owner,
    e.currency,
    count(*) as open_count,
    sum(e.amount) as open_amount,
    count(*) filter (where e.is_overdue) as overdue_count,
    min(e.first_seen_date) as oldest_date
from marts.fct_exceptions as e
left join marts.dim_exception_types as t on e.exception_code = t.exception_code
where e.state = 'open'
group by e.exception_code, e.exception_class, e.severity, e.owner, e.currency
order by {SEVERITY_ORDER}, open_count desc, e.exception_code, e.owner, e.currency
"""

_LIST = f"""
select
    e.*,
    t.title_en,
    t.title_ru,
    t.action_en,
    t.action_ru
from marts.fct_exceptions as e
left join marts.dim_exception_types as t on e.exception_code = t.exception_code
where
    list_contains(?::varchar[], e.state)
    and (?::varchar is null or e.exception_code = ?)
    and (?::varchar is null or e.owner = ? or e.assigned_to = ?)
order by
    list_position({list(STATES)}, e.state),
    {SEVERITY_ORDER},
    e.amount desc nulls last,
    e.first_seen_date,
    e.exception_code,
    e.subject_id,
    e.exception_id
"""


@dataclass(frozen=True)
class Status:
    """`sverka status`: published_date (None: nothing dated), late feeds first, open exceptions per code and owner."""

    published_date: date | None
    coverage: list[Row]
    open_exceptions: list[Row]
    open_count: int
    snoozed_count: int
    overdue_count: int
    open_amounts: list[Row]


def coverage(connection: Any, as_of: date | None) -> list[Row]:
    """Rows of marts.fct_source_coverage of a date with is_late; late feeds first, the furthest behind on top."""
    return fetch(connection, _COVERAGE, [as_of])


def open_by_code(connection: Any) -> list[Row]:
    """Open exceptions per code, owner and currency with titles, count, money at risk, overdue count and oldest date."""
    return fetch(connection, _BY_CODE)


def open_totals(connection: Any) -> Row:
    """open_count, critical_count, overdue_count and snoozed_count over all open exceptions."""
    return fetch(
        connection,
        "select count(*) filter (where state = 'open') as open_count,"
        " count(*) filter (where state = 'open' and severity = 'critical') as critical_count,"
        " count(*) filter (where state = 'open' and is_overdue) as overdue_count,"
        " count(*) filter (where state = 'snoozed') as snoozed_count"
        " from marts.fct_exceptions",
    )[0]


def open_amounts(connection: Any) -> list[Row]:
    """Money at risk: currency and Σ amount of the open exceptions, largest first; exceptions without money left out."""
    return fetch(
        connection,
        "select currency, sum(amount) as amount, count(*) as open_count from marts.fct_exceptions"
        " where state = 'open' and amount is not null group by currency order by amount desc, currency",
    )


def status(home: PublishedHome) -> Status:
    """Last published date, coverage per feed of that date, open exceptions by code.

    Raises NothingPublishedError when no run was ever published.
    """
    with published(home) as connection:
        as_of = last_published_date(connection)
        totals = open_totals(connection)
        return Status(
            published_date=as_of,
            coverage=coverage(connection, as_of),
            open_exceptions=open_by_code(connection),
            open_count=totals["open_count"],
            snoozed_count=totals["snoozed_count"],
            overdue_count=totals["overdue_count"],
            open_amounts=open_amounts(connection),
        )


def exceptions(
    home: PublishedHome,
    date: date | None = None,
    code: str | None = None,
    owner: str | None = None,
    states: tuple[str, ...] = ("open",),
) -> list[Row]:
    """The exception list: every column of marts.fct_exceptions plus title_en, title_ru, action_en, action_ru.

    Open ones first; then critical first, the greatest amount, the oldest. `owner` also finds what is assigned to that
    person. Raises WrongDateError for a date other than the published one, NothingPublishedError without any.
    """
    with published(home) as connection:
        check_date(connection, home, date)
        return fetch(connection, _LIST, [list(states), code, code, owner, owner, owner])


def check_date(connection: Any, home: PublishedHome, wanted: date | None) -> None:
    """Refuse a date that the published marts are not for; None and databases without any dated row pass."""
    held = last_published_date(connection)
    if wanted is None or held is None or wanted == held:
        return
    raise WrongDateError(
        f"The published list is as of {held}, not {wanted}."
        f" Earlier lists are kept as files: see {home.reports / wanted.isoformat() / 'exceptions.xlsx'}."
        if wanted < held
        else f"The published list is as of {held}; {wanted} was not run yet. Run `sverka run --date {wanted}` first."
    )
