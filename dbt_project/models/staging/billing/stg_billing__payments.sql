with

versions as (
    select
        *,
        {{ version_rank(['platform_payment_id']) }} as version_rank
    from {{ source('raw', 'billing__payments') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    platform_payment_id,
    kind,
    platform_invoice_id,
    personal_account,
    erp_document_id,
    ---------- parties
    payer_tax_id,
    organisation_tax_id,
    method_name,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    ---------- times
    due_date,
    created_at,
    paid_at,
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
