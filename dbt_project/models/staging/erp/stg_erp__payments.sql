with

versions as (
    select
        *,
        {{ version_rank(['erp_document_id']) }} as version_rank
    from {{ source('raw', 'erp__payments') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- document
    erp_document_id,
    document_type,
    number,
    posted,
    deleted,
    document_date,
    ---------- links
    payment_id,
    provider_reference,
    order_id,
    invoice_id,
    customer_id,
    customer_tax_id,
    organisation_tax_id,
    contract_id,
    ---------- amounts
    amount,
    currency,
    ---------- manual change
    is_manual,
    changed_by,
    change_reason,
    changed_at,
    ---------- fiscal receipt
    fiscal_receipt_number,
    fiscal_receipt_status,
    fiscal_checked_at,
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
