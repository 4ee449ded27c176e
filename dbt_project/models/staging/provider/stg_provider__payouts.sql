with

versions as (
    select
        *,
        {{ version_rank(['settlement_batch_id']) }} as version_rank
    from {{ source('raw', 'provider__payouts') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    settlement_batch_id,
    ---------- amounts
    gross_amount,
    refund_amount,
    dispute_amount,
    fee_amount,
    adjustment_amount,
    net_amount,
    currency,
    ---------- bank
    payout_date,
    bank_reference,
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
