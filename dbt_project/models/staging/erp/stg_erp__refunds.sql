with

versions as (
    select
        *,
        {{ version_rank(['erp_document_id']) }} as version_rank
    from {{ source('raw', 'erp__refunds') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- document
    erp_document_id,
    number,
    posted,
    deleted,
    document_date,
    ---------- links
    original_erp_document_id,
    payment_id,
    refund_id,
    provider_refund_id,
    invoice_id,
    customer_id,
    ---------- amounts
    amount,
    currency,
    ---------- manual change
    is_manual,
    changed_by,
    change_reason,
    changed_at,
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
