-- The differences that a person or a retry must close, and those that are closed, as of D.
with

lives as (
    select
        *,
        row_number() over (partition by exception_id order by as_of_date desc) as age_rank
    from {{ ref('int_exceptions__life') }}
),

latest as (
    select
        *,
        {{ add_hours(end_of_date('first_seen_date'), 'sla_hours') }} as due_at
    from lives
    where age_rank = 1
)

select
    ---------- ids
    exception_id,
    exception_code,
    exception_class,
    severity,
    owner,
    subject_type,
    subject_id,
    payment_key,
    order_id,
    invoice_id,
    customer_id,
    ---------- difference
    amount,
    currency,
    event_at,
    reason,
    evidence,
    ---------- life
    state,
    first_seen_date,
    last_seen_date,
    closed_date,
    cast({{ days_between('first_seen_date', 'coalesce(closed_date, ' ~ as_of_date() ~ ')') }} as integer) as days_open,
    cast(times_reopened as integer) as times_reopened,
    due_at,
    state in ('open', 'snoozed') and {{ end_of_date(as_of_date()) }} > due_at as is_overdue,
    assigned_to,
    resolved_by,
    resolution_reason,
    {{ as_of_date() }} as as_of_date
from latest
