with

versions as (
    select
        *,
        {{ version_rank(['dispute_id']) }} as version_rank
    from {{ source('raw', 'provider__disputes') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    dispute_id,
    provider_payment_id,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    ---------- times
    opened_at,
    closed_at,
    updated_at,
    ---------- settlement
    settlement_batch_id,
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
