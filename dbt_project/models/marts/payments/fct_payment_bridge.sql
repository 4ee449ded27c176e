-- From what providers say was paid to what ERP posted, explained to zero (ledger.md, Bridge).
with

payments as (
    select
        payments.*,
        reconciliation.match_status
    from {{ ref('int_payments__payments') }} as payments
    inner join {{ ref('fct_payment_reconciliation') }} as reconciliation on payments.payment_key = reconciliation.payment_key
    where
        payments.provider_state = 'paid'
        or payments.erp_provider_count > 0
),

paid as (
    select
        provider_payments.payment_key,
        provider_payments.currency,
        sum(provider_payments.amount) as paid_amount
    from {{ ref('int_identity__provider_payments') }} as provider_payments
    where provider_payments.status = 'paid'
    group by provider_payments.payment_key, provider_payments.currency
),

posted as (
    select
        erp_payments.payment_key,
        erp_payments.currency,
        sum(erp_payments.amount) as posted_amount
    from {{ ref('int_identity__erp_payments') }} as erp_payments
    where
        erp_payments.is_posted
        and erp_payments.payment_key is not null
    group by erp_payments.payment_key, erp_payments.currency
),

-- What explains a payment's difference between its two legs: each enters in its own currency.
explained as (
    select
        payment_key,
        business_date,
        case
            when provider_state <> 'paid' then 'erp_without_provider'
            when erp_state = 'posted_in_batch' then 'posted_in_batch'
            when erp_state <> 'posted' and match_status = 'pending' then 'in_transit'
            when erp_state <> 'posted' then 'missing_in_erp'
            when provider_currency_count > 1 or erp_currency_count > 1 or provider_currency <> erp_currency then 'currency_break'
            when erp_posted_count > 1 then 'duplicate'
            else 'difference'
        end as explanation
    from payments
),

legs as (
    select
        explained.business_date,
        paid.currency,
        explained.explanation,
        paid.paid_amount,
        0 as posted_amount
    from explained
    inner join paid on explained.payment_key = paid.payment_key
    union all
    select
        explained.business_date,
        posted.currency,
        explained.explanation,
        0 as paid_amount,
        posted.posted_amount
    from explained
    inner join posted on explained.payment_key = posted.payment_key
),

summed as (
    select
        business_date,
        currency,
        cast(sum(paid_amount) as decimal(19, 4)) as provider_paid_amount,
        {%- for explanation in ['in_transit', 'missing_in_erp', 'posted_in_batch'] %}
        cast(sum(case when explanation = '{{ explanation }}' then paid_amount else 0 end) as decimal(19, 4)) as {{ explanation }}_amount,
        {%- endfor %}
        {%- for explanation in ['erp_without_provider', 'difference', 'duplicate', 'currency_break'] %}
        cast(
            sum(case when explanation = '{{ explanation }}' then posted_amount - paid_amount else 0 end) as decimal(19, 4)
        ) as {{ explanation }}_amount,
        {%- endfor %}
        cast(sum(posted_amount) as decimal(19, 4)) as erp_posted_amount
    from legs
    group by business_date, currency
)

select
    business_date,
    currency,
    provider_paid_amount,
    in_transit_amount,
    missing_in_erp_amount,
    posted_in_batch_amount,
    erp_without_provider_amount,
    difference_amount,
    duplicate_amount,
    currency_break_amount,
    erp_posted_amount,
    cast(
        provider_paid_amount - in_transit_amount - missing_in_erp_amount - posted_in_batch_amount
        + erp_without_provider_amount + difference_amount + duplicate_amount + currency_break_amount
        - erp_posted_amount as decimal(19, 4)
    ) as residual_amount,
    {{ as_of_date() }} as as_of_date
from summed
