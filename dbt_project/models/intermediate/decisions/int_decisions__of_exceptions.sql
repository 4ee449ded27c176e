-- The latest decision of each kind about each exception, one row per exception. `resolve` and `accept_difference` both
-- close; a `reopen` decided after a closing or a snooze ends it.
with

decisions as (
    select * from {{ ref('int_decisions__decisions') }}
    where
        is_effective
        and exception_id is not null
),

ranked as (
    select
        *,
        row_number() over (
            partition by exception_id, decision_type
            order by decided_at desc, decision_id desc, source_system desc
        ) as decision_rank
    from decisions
),

latest as (
    select * from ranked
    where decision_rank = 1
),

subjects as (
    select distinct exception_id from latest
)

select
    subjects.exception_id,
    ---------- assign
    assigned.owner as assigned_to,
    assigned.actor as assigned_by,
    assigned.reason as assigned_reason,
    ---------- snooze
    snoozed.snooze_until,
    snoozed.actor as snoozed_by,
    snoozed.reason as snoozed_reason,
    ---------- resolve
    resolved.decision_id as resolve_id,
    resolved.actor as resolved_by,
    resolved.reason as resolved_reason,
    resolved.decided_at as resolved_at,
    resolved.decided_date as resolved_date,
    ---------- accept
    accepted.decision_id as accept_id,
    accepted.actor as accepted_by,
    accepted.reason as accepted_reason,
    accepted.decided_at as accepted_at,
    accepted.decided_date as accepted_date,
    ---------- reopen
    reopened.actor as reopened_by,
    reopened.reason as reopened_reason,
    reopened.decided_at as reopened_at
from subjects
left join latest as reopened
    on subjects.exception_id = reopened.exception_id and reopened.decision_type = 'reopen'
left join latest as assigned
    on subjects.exception_id = assigned.exception_id and assigned.decision_type = 'assign'
left join latest as snoozed
    on
        subjects.exception_id = snoozed.exception_id
        and snoozed.decision_type = 'snooze'
        and coalesce(snoozed.decided_at > reopened.decided_at, true)
left join latest as resolved
    on
        subjects.exception_id = resolved.exception_id
        and resolved.decision_type = 'resolve'
        and coalesce(resolved.decided_at > reopened.decided_at, true)
left join latest as accepted
    on
        subjects.exception_id = accepted.exception_id
        and accepted.decision_type = 'accept_difference'
        and coalesce(accepted.decided_at > reopened.decided_at, true)
