-- The differences that a person or a retry must close, as of D.
with

observed as (
    select * from {{ ref('int_exceptions__observations') }}
    where as_of_date = {{ as_of_date() }}
),

lives as (
    select * from {{ ref('int_exceptions__lives') }}
)

select
    ---------- ids
    observed.exception_id,
    observed.exception_code,
    observed.exception_class,
    observed.severity,
    observed.owner,
    observed.subject_type,
    observed.subject_id,
    observed.payment_key,
    observed.order_id,
    observed.invoice_id,
    observed.customer_id,
    ---------- difference
    observed.amount,
    observed.currency,
    observed.event_at,
    observed.reason,
    observed.evidence,
    ---------- life
    'open' as state,
    lives.first_seen_date,
    lives.last_seen_date,
    cast(null as date) as closed_date,
    cast({{ days_between('lives.first_seen_date', as_of_date()) }} as integer) as days_open,
    cast(lives.times_reopened as integer) as times_reopened,
    {{ add_hours(end_of_date('lives.first_seen_date'), 'observed.sla_hours') }} as due_at,
    {{ end_of_date(as_of_date()) }} > {{ add_hours(end_of_date('lives.first_seen_date'), 'observed.sla_hours') }} as is_overdue,
    {{ null_text() }} as assigned_to,
    {{ null_text() }} as resolved_by,
    {{ null_text() }} as resolution_reason,
    observed.as_of_date
from observed
inner join lives on observed.exception_id = lives.exception_id
