with

versions as (
    select
        *,
        {{ version_rank(['deal_id']) }} as version_rank
    from {{ source('raw', 'crm__deals') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    deal_id,
    order_id,
    invoice_id,
    payment_id,
    ---------- state
    payment_status,
    ---------- amounts
    amount,
    currency,
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
