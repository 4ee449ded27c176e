with

versions as (
    select
        *,
        {{ version_rank(['payment_request_id']) }} as version_rank
    from {{ source('raw', 'crm__payment_requests') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    payment_request_id,
    invoice_id,
    order_id,
    customer_id,
    reserve_id,
    payment_id,
    ---------- amounts
    kind,
    amount,
    currency,
    ---------- dates
    due_date,
    expires_at,
    ---------- state
    status,
    ---------- times
    created_at,
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
