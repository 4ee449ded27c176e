with

versions as (
    select
        *,
        {{ version_rank(['delivery_id']) }} as version_rank
    from {{ source('raw', 'warehouse__deliveries') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    delivery_id,
    reserve_id,
    invoice_id,
    order_id,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    ---------- times
    shipped_at,
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
