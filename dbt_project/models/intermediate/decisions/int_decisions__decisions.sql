-- What people had decided by the end of D, and whether it counts: what takes two people counts once another one approved.
with

decisions as (
    select
        *,
        decision_type in ('accept_difference', 'force_match') as takes_two_people,
        coalesce(approved_by <> actor, false)
        and coalesce(approved_at, decided_at) <= {{ end_of_date(as_of_date()) }} as is_approved
    from {{ ref('stg_manual__decisions') }}
    where decided_at <= {{ end_of_date(as_of_date()) }}
)

select
    ---------- ids
    decision_id,
    source_system,
    concat(source_system, ':', decision_id) as subject_id,
    ---------- decision
    decision_type,
    exception_id,
    document_id,
    payment_key,
    owner,
    snooze_until,
    ---------- who and why
    actor,
    reason,
    approved_by,
    ---------- judgement
    takes_two_people,
    is_approved or not takes_two_people as is_effective,
    ---------- times
    decided_at,
    {{ business_date('decided_at') }} as decided_date,
    approved_at,
    ---------- source
    _file_name,
    _file_sha256,
    _row_number
from decisions
