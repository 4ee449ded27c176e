-- Guards against a life with a gap: what was open, and what opened and closed since, is what is open; each change is told.
with

latest as (
    select
        exception_id,
        state,
        times_reopened
    from {{ ref('fct_exceptions') }}
),

told as (
    select
        exception_id,
        count(case when change = 'opened' then 1 end) as opened_count,
        count(case when change = 'reopened' then 1 end) as reopened_count,
        max(case when change in ('opened', 'reopened') then date end) as last_opened_date,
        max(case when change in ('auto_closed', 'resolved') then date end) as last_closed_date
    from {{ ref('fct_exception_history') }}
    group by exception_id
)

select
    latest.exception_id,
    latest.state,
    told.opened_count,
    told.reopened_count
from latest
left join told on latest.exception_id = told.exception_id
where
    told.exception_id is null
    or told.opened_count <> 1
    or told.reopened_count <> latest.times_reopened
    or (
        latest.state in ('open', 'snoozed')
        and coalesce(told.last_closed_date >= told.last_opened_date, false)
    )
    or (
        latest.state in ('resolved', 'auto_closed')
        and coalesce(told.last_closed_date <= told.last_opened_date, true)
    )
