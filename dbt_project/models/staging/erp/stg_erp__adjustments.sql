with

versions as (
    select
        *,
        {{ version_rank(['adjustment_id']) }} as version_rank
    from {{ source('raw', 'erp__adjustments') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    adjustment_id,
    invoice_id,
    customer_id,
    ---------- kind
    kind,
    ---------- amounts
    amount,
    currency,
    ---------- state
    posted,
    ---------- who and why
    actor,
    reason,
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
