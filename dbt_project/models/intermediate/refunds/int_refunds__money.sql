-- Money that went back, one row per refund event that is money: succeeded provider refunds, lost disputes, and posted
-- ERP refunds of direct payments or of an invoice alone. An ERP refund the provider does not confirm is none (ledger.md).
select
    provider_document_id as document_id,
    'refund' as event_kind,
    refund_key,
    payment_key,
    payment_document_id,
    case when is_payment_known then named_invoice_id end as invoice_id,
    provider_amount as amount,
    provider_currency as currency,
    provider_refunded_at as event_at
from {{ ref('int_refunds__refunds') }}
where provider_state = 'succeeded'

union all

select
    document_id,
    'dispute_lost' as event_kind,
    {{ null_text() }} as refund_key,
    payment_key,
    payment_document_id,
    {{ null_text() }} as invoice_id,
    amount,
    currency,
    closed_at as event_at
from {{ ref('int_refunds__disputes') }}
where status = 'lost'

union all

select
    erp_document_id as document_id,
    'refund' as event_kind,
    refund_key,
    payment_key,
    {{ null_text() }} as payment_document_id,
    named_invoice_id as invoice_id,
    erp_amount as amount,
    erp_currency as currency,
    erp_refunded_at as event_at
from {{ ref('int_refunds__refunds') }}
where
    provider_state = 'absent'
    and payment_provider_state <> 'paid'
    and (
        is_payment_direct
        or (payment_key is null and named_invoice_id is not null)
    )
