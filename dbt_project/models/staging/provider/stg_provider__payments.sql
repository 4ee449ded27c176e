with

versions as (
    select
        *,
        {{ version_rank(['provider_payment_id']) }} as version_rank
    from {{ source('raw', 'provider__payments') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    provider_payment_id,
    provider_reference,
    payment_id,
    order_id,
    invoice_id,
    ---------- state
    status,
    ---------- amounts
    amount,
    currency,
    fee_amount,
    ---------- method
    method,
    ---------- times
    created_at,
    paid_at,
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
