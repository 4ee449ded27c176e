-- Whose story is told: what holds as of D, and what held on the run before, to say what changed.
with

observations as (
    select * from {{ ref('int_exceptions__observations') }}
),

last_run_before as (
    select max(as_of_date) as as_of_date
    from {{ ref('int_exceptions__run_days') }}
    where as_of_date < {{ as_of_date() }}
)

select distinct
    observations.exception_id,
    observations.subject_type,
    observations.subject_id
from observations
left join last_run_before on observations.as_of_date = last_run_before.as_of_date
where
    observations.as_of_date = {{ as_of_date() }}
    or last_run_before.as_of_date is not null
