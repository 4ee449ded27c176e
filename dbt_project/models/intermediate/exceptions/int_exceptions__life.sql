-- The life of every exception, one row per run on which it was observed or closed (exceptions.md, Life): what was known,
-- day by day. Each run continues from the exception's latest row; running D again replaces D.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where as_of_date >= {{ as_of_date() }}{% endif %}"
) }}

with

observed as (
    select
        observations.*,
        coalesce(evidence.evidence, '[]') as evidence,
        coalesce(evidence.facts, '') as facts
    from {{ ref('int_exceptions__observations') }} as observations
    left join {{ ref('int_exceptions__evidence') }} as evidence on observations.exception_id = evidence.exception_id
    where observations.as_of_date = {{ as_of_date() }}
),

history as (
    {% if is_incremental() %}
    select * from {{ this }}
    where as_of_date < {{ as_of_date() }}
    {% else %}
    select
        observed.*,
        true as is_observed,
        {{ null_text() }} as state,
        cast(null as date) as first_seen_date,
        cast(null as date) as last_seen_date,
        cast(null as date) as closed_date,
        0 as times_reopened,
        {{ null_text() }} as assigned_to,
        cast(null as date) as snoozed_until,
        {{ null_text() }} as spent_decision_id
    from observed
    where false
    {% endif %}
),

previous as (
    select *
    from (
        select
            *,
            row_number() over (partition by exception_id order by as_of_date desc) as age_rank
        from history
    ) as ranked
    where age_rank = 1
),

run_days as (
    select as_of_date from {{ ref('int_exceptions__run_days') }}
),

severities as (
    select exception_id, severity from observed
    union
    select previous.exception_id, previous.severity
    from previous
    left join observed on previous.exception_id = observed.exception_id
    where observed.exception_id is null
),

-- Of a resolve and an acceptance the later closes; only acceptance closes what is critical.
closings as (
    select
        exception_id,
        case when is_accepted then accept_id else resolve_id end as decision_id,
        case when is_accepted then accepted_by else resolved_by end as actor,
        case when is_accepted then accepted_reason else resolved_reason end as reason,
        case when is_accepted then accepted_date else resolved_date end as decided_date
    from (
        select
            decisions.*,
            severities.severity = 'critical'
            or coalesce(decisions.accepted_at >= decisions.resolved_at, decisions.accept_id is not null) as is_accepted
        from {{ ref('int_decisions__of_exceptions') }} as decisions
        inner join severities on decisions.exception_id = severities.exception_id
    ) as judged_decisions
),

-- What the run before the decision showed.
baselines as (
    select
        closings.exception_id,
        history.amount,
        history.facts
    from (
        select
            closings.exception_id,
            max(run_days.as_of_date) as as_of_date
        from closings
        inner join run_days on closings.decided_date > run_days.as_of_date
        group by closings.exception_id
    ) as runs_before
    inner join closings on runs_before.exception_id = closings.exception_id
    inner join history
        on
            runs_before.exception_id = history.exception_id
            and runs_before.as_of_date = history.as_of_date
            and history.is_observed
),

changes as (
    select
        records.exception_id,
        {{ join_texts('records.fact', '; ', 'records.fact') }} as new_facts
    from {{ ref('int_exceptions__records') }} as records
    inner join previous on records.exception_id = previous.exception_id
    where position(concat('; ', records.fact, '; ') in concat('; ', previous.facts, '; ')) = 0
    group by records.exception_id
),

continued as (
    select
        observed.*,
        previous.state as previous_state,
        previous.amount as previous_amount,
        previous.assigned_to as previous_assigned_to,
        previous.snoozed_until as previous_snoozed_until,
        coalesce(previous.first_seen_date, observed.as_of_date) as first_seen_date,
        coalesce(previous.times_reopened, 0) as times_reopened_before,
        case when previous.state = 'resolved' then previous.closed_date end as resolved_date_before,
        decisions.assigned_to,
        decisions.assigned_by,
        decisions.assigned_reason,
        case when decisions.snooze_until > observed.as_of_date then decisions.snooze_until end as snoozed_until,
        decisions.snoozed_by,
        decisions.snoozed_reason,
        decisions.reopened_by,
        decisions.reopened_reason,
        closings.decision_id as closing_id,
        closings.actor as closed_by,
        closings.reason as closing_reason,
        coalesce(
            closings.decision_id is not null
            and closings.decision_id is distinct from previous.spent_decision_id
            and baselines.amount is not distinct from observed.amount
            and baselines.facts = observed.facts,
            false
        ) as is_resolved,
        previous.spent_decision_id,
        changes.new_facts
    from observed
    left join previous on observed.exception_id = previous.exception_id
    left join {{ ref('int_decisions__of_exceptions') }} as decisions on observed.exception_id = decisions.exception_id
    left join closings on observed.exception_id = closings.exception_id
    left join baselines on observed.exception_id = baselines.exception_id
    left join changes on observed.exception_id = changes.exception_id
),

judged as (
    select
        *,
        case
            when is_resolved then 'resolved'
            when snoozed_until is not null then 'snoozed'
            else 'open'
        end as state
    from continued
),

alive as (
    select
        as_of_date,
        ---------- the difference
        exception_id,
        exception_code,
        exception_class,
        severity,
        owner,
        sla_hours,
        subject_type,
        subject_id,
        payment_key,
        order_id,
        invoice_id,
        customer_id,
        amount,
        currency,
        event_at,
        reason,
        evidence,
        facts,
        ---------- its life
        true as is_observed,
        state,
        first_seen_date,
        as_of_date as last_seen_date,
        case when state = 'resolved' then coalesce(resolved_date_before, as_of_date) end as closed_date,
        times_reopened_before
        + case when previous_state in ('auto_closed', 'resolved') and state <> 'resolved' then 1 else 0 end as times_reopened,
        assigned_to,
        snoozed_until,
        case when state = 'resolved' then closed_by end as resolved_by,
        case when state = 'resolved' then closing_reason end as resolution_reason,
        case when state = 'resolved' then spent_decision_id else coalesce(closing_id, spent_decision_id) end as spent_decision_id,
        ---------- what this run changed
        previous_state,
        previous_amount,
        case when not coalesce(previous_assigned_to = assigned_to, false) then assigned_by end as newly_assigned_by,
        case when not coalesce(previous_assigned_to = assigned_to, false) then assigned_reason end as newly_assigned_reason,
        case when state = 'snoozed' and not coalesce(previous_snoozed_until = snoozed_until, false) then snoozed_by end as newly_snoozed_by,
        case when state = 'snoozed' and not coalesce(previous_snoozed_until = snoozed_until, false) then snoozed_reason end as newly_snoozed_reason,
        case when previous_state = 'resolved' and closing_id is null then reopened_by end as reopened_by,
        case
            when previous_state = 'resolved' and closing_id is null then reopened_reason
            when new_facts is null then reason
            else concat('Now ', new_facts)
        end as what_changed
    from judged
),

gone as (
    select
        {{ as_of_date() }} as as_of_date,
        ---------- the difference, as it was last seen
        previous.exception_id,
        previous.exception_code,
        previous.exception_class,
        previous.severity,
        previous.owner,
        previous.sla_hours,
        previous.subject_type,
        previous.subject_id,
        previous.payment_key,
        previous.order_id,
        previous.invoice_id,
        previous.customer_id,
        previous.amount,
        previous.currency,
        previous.event_at,
        previous.reason,
        previous.evidence,
        previous.facts,
        ---------- its life
        false as is_observed,
        'auto_closed' as state,
        previous.first_seen_date,
        previous.last_seen_date,
        {{ as_of_date() }} as closed_date,
        previous.times_reopened,
        previous.assigned_to,
        cast(null as date) as snoozed_until,
        {{ null_text() }} as resolved_by,
        case
            when changes.new_facts is null then 'The condition no longer holds'
            else concat('Now ', changes.new_facts)
        end as resolution_reason,
        coalesce(closings.decision_id, previous.spent_decision_id) as spent_decision_id,
        ---------- what this run changed
        previous.state as previous_state,
        previous.amount as previous_amount,
        {{ null_text() }} as newly_assigned_by,
        {{ null_text() }} as newly_assigned_reason,
        {{ null_text() }} as newly_snoozed_by,
        {{ null_text() }} as newly_snoozed_reason,
        {{ null_text() }} as reopened_by,
        case
            when changes.new_facts is null then 'The condition no longer holds'
            else concat('Now ', changes.new_facts)
        end as what_changed
    from previous
    left join observed on previous.exception_id = observed.exception_id
    left join changes on previous.exception_id = changes.exception_id
    left join closings on previous.exception_id = closings.exception_id
    where
        observed.exception_id is null
        and previous.state <> 'auto_closed'
)

select * from alive
union all
select * from gone
