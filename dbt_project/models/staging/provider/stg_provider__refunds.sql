with

versions as (
    select
        *,
        {{ version_rank(['provider_refund_id']) }} as version_rank
    from {{ source('raw', 'provider__refunds') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    provider_refund_id,
    provider_payment_id,
    payment_id,
    refund_id,
    ---------- amounts
    amount,
    currency,
    ---------- state
    status,
    reason,
    ---------- times
    created_at,
    refunded_at,
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
