with

versions as (
    select
        *,
        {{ version_rank(['approval_id']) }} as version_rank
    from {{ source('raw', 'crm__approvals') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    approval_id,
    ---------- kind
    approval_type,
    ---------- links
    invoice_id,
    reserve_id,
    ---------- who and why
    actor,
    reason,
    ---------- times
    approved_at,
    valid_until,
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
