-- What was observed on each run's date: the history of what was known, day by day. Running D again replaces D.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where as_of_date >= {{ as_of_date() }}{% endif %}"
) }}

select
    {{ as_of_date() }} as as_of_date,
    detected.exception_id,
    detected.exception_code,
    detected.exception_class,
    detected.severity,
    detected.owner,
    detected.sla_hours,
    detected.subject_type,
    detected.subject_id,
    detected.payment_key,
    detected.order_id,
    detected.invoice_id,
    detected.customer_id,
    detected.amount,
    detected.currency,
    detected.event_at,
    detected.reason
from {{ ref('int_exceptions__detected') }} as detected
