with

versions as (
    select
        *,
        {{ version_rank(['order_id']) }} as version_rank
    from {{ source('raw', 'website__orders') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    order_id,
    customer_id,
    ---------- amounts
    amount,
    currency,
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
