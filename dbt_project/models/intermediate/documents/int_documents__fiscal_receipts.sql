-- One row per receipt whatever its number of attempts: its success, else its latest attempt (matching.md).
with

attempts as (
    select
        *,
        row_number() over (
            partition by source_system, receipt_id
            order by case when status = 'success' then 0 else 1 end, attempt_no desc
        ) as attempt_rank
    from {{ ref('stg_fiscal__receipts') }}
)

select
    ---------- ids
    {{ document_id('fiscal.receipts', 'receipt_id') }} as document_id,
    source_system,
    receipt_id,
    payment_id,
    refund_id,
    provider_refund_id,
    {{ whole_document_id('erp_document_id') }} as erp_document_id,
    order_id,
    ---------- states
    receipt_type,
    settlement_kind,
    status,
    case
        when status = 'success' then 'success'
        when status = 'error' then 'failed'
        else 'in_progress'
    end as receipt_state,
    attempt_no,
    error_message,
    ---------- amounts
    amount,
    currency,
    ---------- times
    created_at,
    registered_at,
    checked_at,
    ---------- source
    _file_name,
    _file_sha256,
    _row_number
from attempts
where attempt_rank = 1
