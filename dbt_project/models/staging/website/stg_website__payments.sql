with

versions as (
    select
        *,
        {{ version_rank(['payment_id']) }} as version_rank
    from {{ source('raw', 'website__payments') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    payment_id,
    order_id,
    invoice_id,
    provider_payment_id,
    provider_reference,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    status_source,
    ---------- times
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
