-- One row per refund: the provider's side, the ERP's side, or both (matching.md, Refunds).
with

provider_refunds as (
    select
        *,
        row_number() over (
            partition by refund_id
            order by case when provider_state = 'succeeded' then 0 else 1 end, coalesce(refunded_at, created_at), document_id
        ) as refund_id_rank
    from {{ ref('int_refunds__provider_refunds') }}
),

pairs as (
    select * from {{ ref('int_refunds__pairs') }}
),

erp_refunds as (
    select * from {{ ref('int_refunds__erp_refunds') }}
),

erp_alone as (
    select
        erp_refunds.*,
        row_number() over (partition by erp_refunds.refund_id order by erp_refunds.document_date, erp_refunds.document_id) as refund_id_rank
    from erp_refunds
    left join pairs on erp_refunds.document_id = pairs.erp_document_id
    left join {{ ref('int_refunds__dispute_bookings') }} as bookings on erp_refunds.document_id = bookings.erp_document_id
    where
        pairs.erp_document_id is null
        and bookings.erp_document_id is null
),

provider_sides as (
    select
        case
            when provider_refunds.refund_id is not null and provider_refunds.refund_id_rank = 1 then provider_refunds.refund_id
            else concat('provider:', provider_refunds.source_system, ':', provider_refunds.provider_refund_id)
        end as refund_key,
        provider_refunds.payment_key,
        provider_refunds.payment_document_id,
        provider_refunds.is_payment_known,
        coalesce(provider_refunds.refund_id, erp_refunds.refund_id) as refund_id,
        provider_refunds.provider_refund_id,
        provider_refunds.document_id as provider_document_id,
        erp_refunds.document_id as erp_document_id,
        erp_refunds.erp_document_id as erp_refund_id,
        erp_refunds.invoice_id,
        provider_refunds.provider_state,
        provider_refunds.amount as provider_amount,
        provider_refunds.currency as provider_currency,
        erp_refunds.amount as erp_amount,
        erp_refunds.currency as erp_currency,
        provider_refunds.refunded_at,
        erp_refunds.document_date as erp_refunded_at,
        provider_refunds.created_at as provider_created_at
    from provider_refunds
    left join pairs on provider_refunds.document_id = pairs.provider_document_id
    left join erp_refunds on pairs.erp_document_id = erp_refunds.document_id
)

select * from provider_sides

union all

select
    case
        when erp_alone.refund_id is not null and erp_alone.refund_id_rank = 1 and taken.refund_key is null then erp_alone.refund_id
        else concat('erp:', erp_alone.source_system, ':', erp_alone.erp_document_id)
    end as refund_key,
    erp_alone.payment_key,
    {{ null_text() }} as payment_document_id,
    false as is_payment_known,
    erp_alone.refund_id,
    erp_alone.provider_refund_id,
    {{ null_text() }} as provider_document_id,
    erp_alone.document_id as erp_document_id,
    erp_alone.erp_document_id as erp_refund_id,
    erp_alone.invoice_id,
    'absent' as provider_state,
    cast(null as decimal(19, 4)) as provider_amount,
    {{ null_text() }} as provider_currency,
    erp_alone.amount as erp_amount,
    erp_alone.currency as erp_currency,
    cast(null as timestamp) as refunded_at,
    erp_alone.document_date as erp_refunded_at,
    cast(null as timestamp) as provider_created_at
from erp_alone
left join provider_sides as taken on erp_alone.refund_id = taken.refund_key
