with

versions as (
    select
        *,
        {{ version_rank(['decision_id'], updated_at=none) }} as version_rank
    from {{ source('raw', 'manual__decisions') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    decision_id,
    ---------- decision
    decision_type,
    ---------- subject
    exception_id,
    document_id,
    payment_key,
    ---------- who and why
    owner,
    actor,
    reason,
    ---------- times
    decided_at,
    snooze_until,
    ---------- approval
    approved_by,
    approved_at,
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
