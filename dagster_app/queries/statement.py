"""A customer's statement of account (акт сверки): what was owed, what happened, what is owed.

Events are those of the invoice ledger, and what stands beside invoices in marts.fct_customer_balances: payments that
belong to no invoice yet, and adjustments of none. Positive raises what the customer owes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from dagster_app.errors import BadRequestError
from dagster_app.queries.connection import (
    PublishedHome,
    Row,
    business_timezone,
    columns,
    fetch,
    last_published_date,
    published,
)

_EVENTS = """
with

ledger as (
    select
        coalesce(customer_id, '(unknown)') as customer_id,
        currency,
        business_date,
        event_at,
        event_kind,
        invoice_id,
        document_id,
        payment_key,
        reason,
        amount
    from marts.fct_invoice_ledger
),

unapplied as (
    select
        coalesce(customer_id, '(unknown)') as customer_id,
        currency,
        cast(paid_at at time zone 'UTC' at time zone $timezone as date) as business_date,
        paid_at as event_at,
        'unapplied_payment' as event_kind,
        cast(null as varchar) as invoice_id,
        document_id,
        payment_key,
        unapplied_reason as reason,
        -amount as amount
    from marts.fct_unapplied_payments
),

-- As in fct_customer_balances: an adjustment is without an invoice when no ledger has it.
adjustments as (
    select
        coalesce(adjustments.customer_id, invoices.customer_id, '(unknown)') as customer_id,
        adjustments.currency,
        cast(adjustments.created_at at time zone 'UTC' at time zone $timezone as date) as business_date,
        adjustments.created_at as event_at,
        'adjustment' as event_kind,
        adjustments.invoice_id,
        'erp.adjustments:' || adjustments.source_system || ':' || adjustments.adjustment_id as document_id,
        cast(null as varchar) as payment_key,
        coalesce(adjustments.reason, adjustments.kind) as reason,
        adjustments.amount
    from staging.stg_erp__adjustments as adjustments
    left join marts.fct_invoice_balances as invoices on adjustments.invoice_id = invoices.invoice_id
    left join marts.fct_invoice_ledger as ledger
        on 'erp.adjustments:' || adjustments.source_system || ':' || adjustments.adjustment_id = ledger.document_id
    where
        adjustments.posted
        and ledger.document_id is null
),

events as (
    select * from ledger
    union all
    select * from unapplied
    union all
    select * from adjustments
)

select
    *,
    coalesce(business_date < $first, true) as is_before,
    case when amount >= 0 then amount end as debit,
    case when amount < 0 then -amount end as credit,
    sum(amount) over (
        partition by currency
        order by {order}
        rows unbounded preceding
    ) as balance_after
from events
where
    customer_id = $customer
    and (business_date is null or business_date <= $last)
order by currency, {order}
"""

_ORDER = (
    "business_date nulls first, event_at nulls first, event_kind <> 'issued', event_kind = 'overpayment', document_id,"
    " event_kind, amount"
)

_TOTALS = """
select
    currency,
    coalesce(sum(amount) filter (where is_before), 0) as opening_balance,
    coalesce(sum(debit) filter (where not is_before), 0) as debit_turnover,
    coalesce(sum(credit) filter (where not is_before), 0) as credit_turnover,
    sum(amount) as closing_balance
from ({events})
group by currency
order by currency
"""


@dataclass(frozen=True)
class Account:
    """One currency of a statement; lines are the period's events with debit, credit and balance_after."""

    currency: str
    opening_balance: Decimal
    debit_turnover: Decimal
    credit_turnover: Decimal
    closing_balance: Decimal
    lines: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Statement:
    """A customer's statement over business dates `first` to `last`, as known on `as_of_date`; balances > 0 are debt."""

    customer_id: str
    customer_name: str | None
    tax_id: str | None
    first: date
    last: date
    as_of_date: date
    timezone: str
    accounts: list[Account] = field(default_factory=list)


def statement(home: PublishedHome, customer_id: str, first: date, last: date) -> Statement:
    """The statement of a customer. Raises NothingPublishedError, and BadRequestError for an unknown customer or dates
    that are not published.
    """
    if first > last:
        raise BadRequestError(f"the period ends on {last}, before it begins on {first}")
    with published(home) as connection:
        as_of = last_published_date(connection)
        if as_of is None or last > as_of:
            raise BadRequestError(f"{last} is not published yet; the last published date is {as_of}")
        timezone, wanted = business_timezone(home), customer_id.strip()
        parameters = {"timezone": timezone, "first": first, "last": last, "customer": wanted}
        events_sql = _EVENTS.format(order=_ORDER)
        events = _fetch(connection, events_sql, parameters)
        known = fetch(connection, "select name, tax_id from marts.dim_customers where customer_id = ?", [wanted])
        if not known and not events and not _has_balance(connection, wanted):
            raise BadRequestError(_unknown(connection, wanted))
        accounts = [
            Account(
                **total, lines=[row for row in events if row["currency"] == total["currency"] and not row["is_before"]]
            )
            for total in _fetch(connection, _TOTALS.format(events=events_sql), parameters)
        ]
    customer = known[0] if known else {"name": None, "tax_id": None}
    return Statement(wanted, customer["name"], customer["tax_id"], first, last, as_of, timezone, accounts)


def _fetch(connection: Any, sql: str, parameters: dict[str, Any]) -> list[Row]:
    result = connection.execute(sql, parameters)
    names = [column[0] for column in result.description]
    return [dict(zip(names, values, strict=True)) for values in result.fetchall()]


def _has_balance(connection: Any, customer_id: str) -> bool:
    sql = "select 1 as one from marts.fct_customer_balances where customer_id = ? limit 1"
    return "fct_customer_balances" in columns(connection, "marts") and bool(fetch(connection, sql, [customer_id]))


def _unknown(connection: Any, customer_id: str) -> str:
    near = fetch(
        connection,
        "select customer_id, name from marts.dim_customers"
        " where contains(lower(customer_id), lower(?)) or contains(lower(name), lower(?)) or tax_id = ?"
        " or jaro_winkler_similarity(lower(customer_id), lower(?)) >= 0.9"
        " order by jaro_winkler_similarity(lower(customer_id), lower(?)) desc, customer_id limit 5",
        [customer_id] * 5,
    )
    hint = ", ".join(f"{row['customer_id']} ({row['name']})" for row in near)
    return f"there is no customer {customer_id!r}" + (
        f"; did you mean {hint}?" if hint else "; marts.dim_customers has them all"
    )
