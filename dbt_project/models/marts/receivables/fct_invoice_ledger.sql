-- The story of every invoice, event by event; what a payment pays beyond the debt is an event of its own.
with

events as (
    select
        *,
        balance_after - amount as balance_before,
        event_kind in ('prepayment', 'payment') as is_payment
    from {{ ref('int_ledger__events') }}
),

-- How much of a payment meets a debt: min(amount, max(balance before, 0)).
applied as (
    select
        *,
        case when is_payment then -least(-amount, greatest(balance_before, 0)) else amount end as applied_amount
    from events
),

whole_or_applied as (
    select
        invoice_id,
        customer_id,
        contract_id,
        currency,
        event_kind,
        event_at,
        applied_amount as amount,
        balance_before + applied_amount as balance_after,
        payment_key,
        document_id,
        line_id,
        reason
    from applied
    where
        not is_payment
        or applied_amount <> 0
        or amount = 0
),

beyond_debt as (
    select
        invoice_id,
        customer_id,
        contract_id,
        currency,
        'overpayment' as event_kind,
        event_at,
        amount - applied_amount as amount,
        balance_after,
        payment_key,
        document_id,
        line_id,
        'Paid beyond the debt' as reason
    from applied
    where
        is_payment
        and amount <> applied_amount
),

all_events as (
    select * from whole_or_applied
    union all
    select * from beyond_debt
)

select
    ---------- ids
    md5(concat(invoice_id, '|', event_kind, '|', document_id, '|', line_id)) as ledger_event_id,
    invoice_id,
    customer_id,
    contract_id,
    currency,
    ---------- event
    event_kind,
    event_at,
    {{ business_date('event_at') }} as business_date,
    cast(amount as decimal(19, 4)) as amount,
    cast(balance_after as decimal(19, 4)) as balance_after,
    payment_key,
    document_id,
    reason,
    {{ as_of_date() }} as as_of_date
from all_events
