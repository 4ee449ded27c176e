-- Each run's date in numbers, per currency; what has no currency stands under XXX (ISO 4217, no currency).
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where as_of_date >= {{ as_of_date() }}{% endif %}"
) }}

{% set statuses = ['matched', 'mismatched', 'missing', 'ambiguous', 'pending', 'accepted', 'not_applicable'] -%}

with

payments as (
    select
        coalesce(reconciliation.currency, 'XXX') as currency,
        reconciliation.match_status,
        reconciliation.is_auto_closed,
        coalesce(
            reconciliation.provider_amount, reconciliation.erp_amount, reconciliation.website_amount, reconciliation.fiscal_amount, 0
        ) as amount
    from {{ ref('fct_payment_reconciliation') }} as reconciliation
    inner join {{ ref('int_payments__payments') }} as payments on reconciliation.payment_key = payments.payment_key
    where
        reconciliation.business_date = {{ as_of_date() }}
        and not payments.is_without_leg
),

counted as (
    select
        currency,
        count(*) as payment_count,
        sum(amount) as payment_amount,
        {%- for status in statuses %}
        count(case when match_status = '{{ status }}' then 1 end) as {{ status }}_count,
        sum(case when match_status = '{{ status }}' then amount else 0 end) as {{ status }}_amount,
        {%- endfor %}
        count(case when is_auto_closed then 1 end) as auto_closed_count,
        sum(case when is_auto_closed then amount else 0 end) as auto_closed_amount
    from payments
    group by currency
),

-- What is snoozed is hidden, not closed.
lives as (
    select
        coalesce(currency, 'XXX') as currency,
        amount,
        state in ('open', 'snoozed') as is_open,
        coalesce(previous_state in ('open', 'snoozed'), false) as was_open
    from {{ ref('int_exceptions__life') }}
    where as_of_date = {{ as_of_date() }}
),

exceptions as (
    select
        currency,
        count(case when is_open and not was_open then 1 end) as opened_count,
        count(case when was_open and not is_open then 1 end) as closed_count,
        count(case when is_open then 1 end) as open_count,
        sum(case when is_open then amount end) as open_amount
    from lives
    group by currency
),

balances as (
    select
        currency,
        sum(debt_amount) as debt_amount,
        sum(overpayment_amount) as overpayment_amount
    from {{ ref('fct_invoice_balances') }}
    group by currency
),

unapplied as (
    select
        currency,
        sum(amount) as unapplied_amount
    from {{ ref('fct_unapplied_payments') }}
    group by currency
),

currencies as (
    select currency from counted
    union
    select currency from exceptions
    union
    select currency from balances
    union
    select currency from unapplied
)

select
    {{ as_of_date() }} as as_of_date,
    currencies.currency,
    ---------- payments of the date
    coalesce(counted.payment_count, 0) as payment_count,
    cast(coalesce(counted.payment_amount, 0) as decimal(19, 4)) as payment_amount,
    {%- for status in statuses %}
    coalesce(counted.{{ status }}_count, 0) as {{ status }}_count,
    cast(coalesce(counted.{{ status }}_amount, 0) as decimal(19, 4)) as {{ status }}_amount,
    {%- endfor %}
    ---------- rates over the payments there is something to match for
    cast(counted.auto_closed_count as double) / nullif(counted.payment_count - counted.not_applicable_count, 0) as auto_match_rate_count,
    cast(counted.auto_closed_amount as double)
    / nullif(cast(counted.payment_amount - counted.not_applicable_amount as double), 0) as auto_match_rate_amount,
    ---------- exceptions
    coalesce(exceptions.opened_count, 0) as opened_count,
    coalesce(exceptions.closed_count, 0) as closed_count,
    coalesce(exceptions.open_count, 0) as open_count,
    cast(coalesce(exceptions.open_amount, 0) as decimal(19, 4)) as open_amount,
    ---------- balances
    cast(coalesce(balances.debt_amount, 0) as decimal(19, 4)) as debt_amount,
    cast(coalesce(balances.overpayment_amount, 0) as decimal(19, 4)) as overpayment_amount,
    cast(coalesce(unapplied.unapplied_amount, 0) as decimal(19, 4)) as unapplied_amount
from currencies
left join counted on currencies.currency = counted.currency
left join exceptions on currencies.currency = exceptions.currency
left join balances on currencies.currency = balances.currency
left join unapplied on currencies.currency = unapplied.currency
