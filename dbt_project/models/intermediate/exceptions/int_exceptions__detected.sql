-- The differences that hold as of D, one row per exception; where a rule holds twice for a subject, the earliest speaks.
with

ranked as (
    select
        *,
        row_number() over (
            partition by exception_id
            order by event_at, amount desc, reason
        ) as occurrence_rank
    from {{ ref('int_exceptions__aged') }}
    where is_beyond_grace
)

select
    ranked.exception_id,
    ranked.exception_code,
    ranked.exception_class,
    ranked.severity,
    ranked.owner,
    ranked.sla_hours,
    ranked.subject_type,
    ranked.subject_id,
    ranked.payment_key,
    ranked.order_id,
    ranked.invoice_id,
    ranked.customer_id,
    ranked.amount,
    ranked.currency,
    ranked.event_at,
    ranked.reason
from ranked
where ranked.occurrence_rank = 1
