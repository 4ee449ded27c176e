with

versions as (
    select
        *,
        {{ version_rank(['reserve_id']) }} as version_rank
    from {{ source('raw', 'warehouse__reserves') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    reserve_id,
    invoice_id,
    order_id,
    customer_id,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    ---------- times
    reserved_at,
    released_at,
    ---------- release
    released_by,
    release_reason,
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
