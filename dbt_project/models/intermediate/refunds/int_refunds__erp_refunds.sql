-- Posted ERP refunds with the payment of their payment_id, else of the ERP document they refund.
with

refunds as (
    select * from {{ ref('stg_erp__refunds') }}
    where posted and not deleted
),

payments as (
    select payment_key from {{ ref('int_payments__identified') }}
),

originals as (
    select
        source_system,
        erp_document_id,
        payment_key
    from {{ ref('int_identity__erp_payments') }}
    where payment_key is not null
)

select
    concat('erp.refunds:', refunds.source_system, ':', refunds.erp_document_id) as document_id,
    refunds.source_system,
    refunds.erp_document_id,
    refunds.refund_id,
    refunds.provider_refund_id,
    refunds.payment_id,
    refunds.invoice_id,
    refunds.customer_id,
    coalesce(payments.payment_key, originals.payment_key) as payment_key,
    refunds.amount,
    refunds.currency,
    refunds.document_date,
    refunds._file_name,
    refunds._file_sha256,
    refunds._row_number
from refunds
left join payments on refunds.payment_id = payments.payment_key
left join originals
    on
        refunds.source_system = originals.source_system
        and {{ whole_document_id('refunds.original_erp_document_id') }} = originals.erp_document_id
