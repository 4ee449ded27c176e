-- Every change in the life of an exception, by the run that saw it.
with

lives as (
    select
        *,
        coalesce(previous_state in ('auto_closed', 'resolved'), false) and state in ('open', 'snoozed') as is_reopened
    from {{ ref('int_exceptions__life') }}
),

changes as (
    select
        as_of_date,
        exception_id,
        'opened' as change,
        {{ null_text() }} as actor,
        reason
    from lives
    where previous_state is null
    union all
    select
        as_of_date,
        exception_id,
        'reopened' as change,
        reopened_by as actor,
        what_changed as reason
    from lives
    where is_reopened
    union all
    select
        as_of_date,
        exception_id,
        'auto_closed' as change,
        {{ null_text() }} as actor,
        what_changed as reason
    from lives
    where state = 'auto_closed'
    union all
    select
        as_of_date,
        exception_id,
        'resolved' as change,
        resolved_by as actor,
        resolution_reason as reason
    from lives
    where
        state = 'resolved'
        and coalesce(previous_state, '') <> 'resolved'
    union all
    select
        as_of_date,
        exception_id,
        'snoozed' as change,
        newly_snoozed_by as actor,
        newly_snoozed_reason as reason
    from lives
    where newly_snoozed_by is not null
    union all
    select
        as_of_date,
        exception_id,
        'assigned' as change,
        newly_assigned_by as actor,
        newly_assigned_reason as reason
    from lives
    where newly_assigned_by is not null
    union all
    select
        as_of_date,
        exception_id,
        'amount_changed' as change,
        {{ null_text() }} as actor,
        concat(
            case when previous_amount is null then 'no amount' else {{ money_text('previous_amount', 'currency') }} end,
            ' became ',
            case when amount is null then 'no amount' else {{ money_text('amount', 'currency') }} end
        ) as reason
    from lives
    where
        is_observed
        and previous_state <> 'auto_closed'
        and previous_amount is distinct from amount
)

select
    as_of_date as date,
    exception_id,
    change,
    actor,
    reason
from changes
