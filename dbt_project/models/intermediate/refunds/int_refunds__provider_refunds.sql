-- Provider refunds that take part: succeeded and pending ones, with the payment of their provider_payment_id.
select
    concat('provider.refunds:', refunds.source_system, ':', refunds.provider_refund_id) as document_id,
    refunds.source_system,
    refunds.provider_refund_id,
    refunds.refund_id,
    refunds.provider_payment_id,
    payments.payment_key,
    payments.document_id as payment_document_id,
    payments.payment_key is not null as is_payment_known,
    case when refunds.status = 'succeeded' then 'succeeded' else 'pending' end as provider_state,
    refunds.amount,
    refunds.currency,
    refunds.settlement_batch_id,
    refunds.created_at,
    case
        when refunds.status = 'succeeded' then coalesce(refunds.refunded_at, refunds.updated_at, refunds.created_at)
    end as refunded_at,
    refunds._file_name,
    refunds._file_sha256,
    refunds._row_number
from {{ ref('stg_provider__refunds') }} as refunds
left join {{ ref('int_identity__provider_payments') }} as payments
    on
        refunds.source_system = payments.source_system
        and refunds.provider_payment_id = payments.provider_payment_id
where refunds.status in ('succeeded', 'pending')
