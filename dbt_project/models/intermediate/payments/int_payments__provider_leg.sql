-- What the provider says of each payment: state, money, ids. Every attempt counts, paid ones carry the money.
with

documents as (
    select
        *,
        row_number() over (
            partition by payment_key
            order by case when status = 'paid' then 0 else 1 end, coalesce(paid_at, created_at), created_at, document_id
        ) as attempt_rank
    from {{ ref('int_identity__provider_payments') }}
),

batches_in_erp as (
    select distinct
        settlement_source_system as source_system,
        settlement_batch_id
    from {{ ref('int_identity__settlement_documents') }}
    where is_posted
)

select
    ---------- ids
    documents.payment_key,
    coalesce(max(case when documents.attempt_rank = 1 then documents.order_id end), min(documents.order_id)) as order_id,
    coalesce(max(case when documents.attempt_rank = 1 then documents.invoice_id end), min(documents.invoice_id)) as invoice_id,
    max(documents.payment_id) as payment_id,
    max(case when documents.attempt_rank = 1 then documents.source_system end) as source_system,
    max(case when documents.attempt_rank = 1 then documents.settlement_batch_id end) as settlement_batch_id,
    ---------- states
    case
        when {{ any_row("documents.status = 'paid'") }} then 'paid'
        when {{ any_row("documents.status in ('created', 'pending', 'authorized')") }} then 'pending'
        else 'failed'
    end as provider_state,
    count(case when documents.status = 'paid' then 1 end) as paid_count,
    count(case when documents.status = 'paid' and documents.settlement_batch_id is not null then 1 end) as settled_count,
    {{ any_row("documents.status = 'paid' and batches_in_erp.settlement_batch_id is not null") }} as is_booked_in_batch,
    count(*) as document_count,
    ---------- amounts
    cast(sum(case when documents.status = 'paid' then documents.amount end) as decimal(19, 4)) as provider_amount,
    cast(max(case when documents.status = 'paid' then documents.amount end) as decimal(19, 4)) as greatest_paid_amount,
    cast(
        max(case when documents.status in ('created', 'pending', 'authorized') then documents.amount end) as decimal(19, 4)
    ) as pending_amount,
    case
        when count(case when documents.status = 'paid' and documents.fee_amount is null then 1 end) = 0
            then cast(sum(case when documents.status = 'paid' then documents.fee_amount end) as decimal(19, 4))
    end as fee_amount,
    max(case when documents.attempt_rank = 1 then documents.currency end) as currency,
    count(distinct case when documents.status = 'paid' then documents.currency end) as currency_count,
    ---------- times
    min(documents.created_at) as created_at,
    min(case when documents.status = 'paid' then documents.paid_at end) as paid_at,
    max(case when documents.status = 'paid' then documents.paid_at end) as last_paid_at,
    min(case when documents.status in ('created', 'pending', 'authorized') then documents.created_at end) as pending_since,
    max(
        case when documents.status in ('failed', 'cancelled', 'expired') then coalesce(documents.updated_at, documents.created_at) end
    ) as failed_at
from documents
left join batches_in_erp
    on
        documents.source_system = batches_in_erp.source_system
        and documents.settlement_batch_id = batches_in_erp.settlement_batch_id
group by documents.payment_key
