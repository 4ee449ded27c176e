with

versions as (
    select
        *,
        {{ version_rank(['receipt_id', 'attempt_no']) }} as version_rank
    from {{ source('raw', 'fiscal__receipts') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    receipt_id,
    attempt_no,
    external_id,
    payment_id,
    refund_id,
    provider_refund_id,
    erp_document_id,
    order_id,
    ---------- kind
    receipt_type,
    settlement_kind,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    error_message,
    ---------- times
    created_at,
    registered_at,
    checked_at,
    ---------- fiscal document
    fiscal_document_number,
    fiscal_sign,
    fiscal_drive_number,
    ---------- times
    updated_at,
    ---------- source
    source_system,
    _feed,
    _extract_date,
    _file_name,
    _file_sha256,
    _delivery,
    _row_number
from versions
where version_rank = 1
