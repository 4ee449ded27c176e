with

versions as (
    select
        *,
        {{ version_rank(['invoice_id']) }} as version_rank
    from {{ source('raw', 'crm__invoices') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    invoice_id,
    customer_id,
    contract_id,
    order_id,
    ---------- amounts
    amount,
    currency,
    ---------- dates
    issued_at,
    due_date,
    ---------- state
    status,
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
