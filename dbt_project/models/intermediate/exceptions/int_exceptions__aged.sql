-- Candidates with their age at the coverage of the contracts that see them, and whether they are beyond their grace.
with

candidates as (
    select * from {{ ref('int_exceptions__candidates') }}
),

rules as (
    select * from {{ ref('int_coverage__rules') }}
    where not is_silent
),

timed as (
    select
        candidates.*,
        rules.exception_class,
        rules.severity,
        coalesce(candidates.named_owner, rules.owner) as owner,
        rules.sla_hours,
        rules.makes_pending,
        rules.coverage_date,
        rules.covered_until,
        {{ business_date('candidates.event_at') }} as event_date,
        coalesce(grace_hours.hours, 0) as grace_hours
    from candidates
    inner join rules on candidates.exception_code = rules.exception_code
    left join {{ ref('grace_hours') }} as grace_hours on candidates.grace_name = grace_hours.grace_name
),

-- Non-working dates after the event's date and up to the coverage date do not count.
idle as (
    select
        spans.event_date,
        spans.coverage_date,
        count(*) as idle_days
    from (
        select distinct
            event_date,
            coverage_date
        from timed
    ) as spans
    inner join {{ ref('non_working_days') }} as holidays
        on
            holidays.non_working_date > spans.event_date
            and holidays.non_working_date <= spans.coverage_date
    group by spans.event_date, spans.coverage_date
)

select
    {{ exception_id('timed.exception_code', 'timed.subject_type', 'timed.subject_id') }} as exception_id,
    timed.*,
    {{ microseconds_between('timed.event_at', 'timed.covered_until') }} - coalesce(idle.idle_days, 0) * 86400000000
    > timed.grace_hours * 3600000000 as is_beyond_grace
from timed
left join idle
    on
        timed.event_date = idle.event_date
        and timed.coverage_date = idle.coverage_date
