with

versions as (
    select
        *,
        {{ version_rank(['erp_document_id']) }} as version_rank
    from {{ source('raw', 'erp__invoices') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- document
    erp_document_id,
    number,
    posted,
    deleted,
    ---------- links
    invoice_id,
    order_id,
    customer_id,
    customer_tax_id,
    contract_id,
    ---------- amounts
    amount,
    currency,
    ---------- dates
    issued_at,
    due_date,
    ---------- state
    status,
    ---------- billing period
    billing_period_start,
    account_id,
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
