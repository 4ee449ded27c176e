-- One row per refund: the provider's, the ERP's and the receipt's word, and in which status the refund is.
with

refunds as (
    select * from {{ ref('int_refunds__refunds') }}
),

judged as (
    {{ judged_subjects('refund') }}
)

select
    ---------- ids
    refunds.refund_key,
    refunds.payment_key,
    refunds.provider_document_id,
    refunds.erp_document_id,
    refunds.receipt_document_id,
    ---------- states
    refunds.provider_state,
    refunds.erp_state,
    refunds.receipt_state,
    ---------- amounts
    refunds.provider_amount,
    refunds.erp_amount,
    refunds.receipt_amount,
    refunds.currency,
    ---------- times
    refunds.refunded_at,
    ---------- judgement
    case
        when judged.match_status is not null then judged.match_status
        when refunds.provider_state = 'pending' then 'pending'
        else 'matched'
    end as match_status,
    {{ as_of_date() }} as as_of_date
from refunds
left join judged on refunds.refund_key = judged.subject_id
