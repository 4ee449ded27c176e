-- First and last sight of every exception ever observed, and how often it came back.
with

sightings as (
    select
        observations.exception_id,
        observations.as_of_date,
        run_days.run_number,
        lag(run_days.run_number) over (
            partition by observations.exception_id
            order by run_days.run_number
        ) as previous_run_number
    from {{ ref('int_exceptions__observations') }} as observations
    inner join {{ ref('int_exceptions__run_days') }} as run_days on observations.as_of_date = run_days.as_of_date
)

select
    exception_id,
    min(as_of_date) as first_seen_date,
    max(as_of_date) as last_seen_date,
    count(case when run_number - previous_run_number > 1 then 1 end) as times_reopened
from sightings
group by exception_id
