with

versions as (
    select
        *,
        {{ version_rank(['return_id']) }} as version_rank
    from {{ source('raw', 'warehouse__returns') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    return_id,
    delivery_id,
    invoice_id,
    order_id,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    ---------- times and reason
    returned_at,
    reason,
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
