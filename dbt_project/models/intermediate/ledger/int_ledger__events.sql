-- Every event of every invoice with the balance before and after it, payments still whole (ledger.md).
with

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

first_deliveries as (
    select
        invoice_id,
        min(shipped_at) as first_shipped_at
    from {{ ref('int_ledger__deliveries') }}
    where invoice_id is not null
    group by invoice_id
),

issued as (
    select
        invoice_id,
        'issued' as event_kind,
        0 as kind_order,
        issued_at as event_at,
        amount,
        currency,
        {{ null_text() }} as payment_key,
        document_id,
        '' as line_id,
        'Invoice issued' as reason
    from invoices
    where is_issued
),

returns as (
    select
        invoice_id,
        'return' as event_kind,
        1 as kind_order,
        returned_at as event_at,
        -amount as amount,
        currency,
        {{ null_text() }} as payment_key,
        document_id,
        '' as line_id,
        coalesce(reason, 'Goods returned') as reason
    from {{ ref('int_ledger__returns') }}
),

adjustments as (
    select
        invoice_id,
        'adjustment' as event_kind,
        2 as kind_order,
        created_at as event_at,
        amount,
        currency,
        {{ null_text() }} as payment_key,
        concat('erp.adjustments:', source_system, ':', adjustment_id) as document_id,
        '' as line_id,
        coalesce(reason, kind) as reason
    from {{ ref('stg_erp__adjustments') }}
    where posted
),

payments as (
    select
        allocations.invoice_id,
        case
            when
                coalesce(
                    allocations.is_requested_as_prepayment,
                    first_deliveries.first_shipped_at is null
                    or allocations.event_at < first_deliveries.first_shipped_at
                )
                then 'prepayment'
            else 'payment'
        end as event_kind,
        3 as kind_order,
        allocations.event_at,
        -allocations.amount as amount,
        allocations.currency,
        allocations.payment_key,
        allocations.document_id,
        allocations.line_id,
        'Payment verified' as reason
    from {{ ref('int_ledger__allocations') }} as allocations
    left join first_deliveries on allocations.invoice_id = first_deliveries.invoice_id
    where allocations.applied_to = 'invoice'
),

refunds as (
    select
        invoice_id,
        event_kind,
        case when event_kind = 'refund' then 4 else 5 end as kind_order,
        event_at,
        amount,
        currency,
        payment_key,
        document_id,
        '' as line_id,
        case when event_kind = 'refund' then 'Money refunded' else 'Dispute lost' end as reason
    from {{ ref('int_ledger__refund_events') }}
),

events as (
    select * from issued
    union all
    select * from returns
    union all
    select * from adjustments
    union all
    select * from payments
    union all
    select * from refunds
)

-- Goods, adjustments and money in another currency than the invoice's are no event of it.
select
    events.invoice_id,
    invoices.customer_id,
    invoices.contract_id,
    events.currency,
    events.event_kind,
    events.kind_order,
    events.event_at,
    cast(events.amount as decimal(19, 4)) as amount,
    events.payment_key,
    events.document_id,
    events.line_id,
    events.reason,
    cast(
        sum(events.amount) over (
            partition by events.invoice_id
            order by
                case when events.event_kind = 'issued' then 0 else 1 end,
                events.event_at,
                events.kind_order,
                events.document_id,
                events.line_id
            rows between unbounded preceding and current row
        ) as decimal(19, 4)
    ) as balance_after
from events
inner join invoices
    on
        events.invoice_id = invoices.invoice_id
        and events.currency = invoices.currency
