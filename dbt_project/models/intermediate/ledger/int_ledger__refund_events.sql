-- Refunds and lost disputes with the invoice their payment was applied to; an invoice the refund names itself comes first.
with

money as (
    select * from {{ ref('int_refunds__money') }}
),

allocations as (
    select * from {{ ref('int_ledger__allocations') }}
    where applied_to = 'invoice'
),

of_payments as (
    select
        money.document_id,
        money.event_kind,
        money.payment_key,
        allocations.invoice_id,
        money.amount,
        money.currency,
        money.event_at,
        row_number() over (
            partition by money.document_id
            order by
                case when money.invoice_id = allocations.invoice_id then 0 else 1 end,
                case when money.payment_document_id = allocations.document_id then 0 else 1 end,
                allocations.event_at,
                allocations.document_id,
                allocations.line_id
        ) as allocation_rank
    from money
    inner join allocations
        on
            money.payment_key = allocations.payment_key
            and money.currency = allocations.currency
    where
        money.payment_document_id is null
        or money.payment_document_id = allocations.document_id
),

of_invoices_alone as (
    select
        money.document_id,
        money.event_kind,
        money.payment_key,
        invoices.invoice_id,
        money.amount,
        money.currency,
        money.event_at
    from money
    inner join {{ ref('int_ledger__invoices') }} as invoices
        on
            money.invoice_id = invoices.invoice_id
            and money.currency = invoices.currency
    where money.payment_key is null
)

select
    document_id,
    event_kind,
    payment_key,
    invoice_id,
    amount,
    currency,
    event_at
from of_payments
where allocation_rank = 1

union all

select * from of_invoices_alone
