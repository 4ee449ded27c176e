-- What covers goods: of an invoice, every event of its ledger but the issue (so covered(t) is their sum up to t); of an
-- order, its verified payments less refunds (exceptions.md, Cleared at t).
{{ config(materialized='view') }}

with

lines as (
    select * from {{ ref('int_ledger__allocations') }}
    where order_id is not null
),

refunds as (
    select
        money.document_id,
        lines.order_id,
        money.currency,
        money.event_at,
        money.amount,
        row_number() over (
            partition by money.document_id
            order by
                case when money.invoice_id = lines.invoice_id then 0 else 1 end,
                lines.event_at,
                lines.document_id,
                lines.line_id
        ) as line_rank
    from {{ ref('int_refunds__money') }} as money
    inner join lines
        on
            money.payment_key = lines.payment_key
            and money.currency = lines.currency
    where
        money.payment_document_id is null
        or money.payment_document_id = lines.document_id
)

select
    'invoice' as scope_type,
    invoice_id as scope_id,
    currency,
    event_at,
    cast(-amount as decimal(19, 4)) as amount
from {{ ref('int_ledger__events') }}
where event_kind <> 'issued'

union all

select
    'order' as scope_type,
    order_id as scope_id,
    currency,
    event_at,
    amount
from lines

union all

select
    'order' as scope_type,
    order_id as scope_id,
    currency,
    event_at,
    cast(-amount as decimal(19, 4)) as amount
from refunds
where line_rank = 1
