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

posted as (
    select
        erp_payments.payment_key,
        erp_payments.currency,
        sum(erp_payments.amount) as posted_amount
    from {{ ref('int_identity__erp_payments') }} as erp_payments
    inner join payments on erp_payments.payment_key = payments.payment_key
    where
        erp_payments.is_posted
        and erp_payments.payment_key is not null
    group by erp_payments.payment_key, erp_payments.currency
),

-- Each payment enters once per leg, in the currency of that leg, with what explains it.
legs as (
    select
        business_date,
        provider_currency as currency,
        provider_amount as provider_paid_amount,
        case when erp_state in ('absent', 'unposted') and match_status = 'pending' then provider_amount else 0 end as in_transit_amount,
        case when erp_state in ('absent', 'unposted') and match_status <> 'pending' then provider_amount else 0 end as missing_in_erp_amount,
        case when erp_state = 'posted_in_batch' then provider_amount else 0 end as posted_in_batch_amount,
        0 as erp_without_provider_amount,
        case
            when erp_state = 'posted' and erp_posted_count = 1 and erp_currency = provider_currency then -provider_amount else 0
        end as difference_amount,
        case
            when erp_state = 'posted' and erp_posted_count > 1 and erp_currency_count = 1 and erp_currency = provider_currency
                then -provider_amount
            else 0
        end as duplicate_amount,
        case
            when erp_state = 'posted' and (erp_currency_count > 1 or erp_currency <> provider_currency) then -provider_amount else 0
        end as currency_break_amount,
        0 as erp_posted_amount
    from payments
    where provider_state = 'paid'

    union all

    select
        payments.business_date,
        posted.currency,
        0 as provider_paid_amount,
        0 as in_transit_amount,
        0 as missing_in_erp_amount,
        0 as posted_in_batch_amount,
        case when payments.provider_state <> 'paid' then posted.posted_amount else 0 end as erp_without_provider_amount,
        case
            when
                payments.provider_state = 'paid'
                and payments.erp_posted_count = 1
                and payments.erp_currency = payments.provider_currency
                then posted.posted_amount
            else 0
        end as difference_amount,
        case
            when
                payments.provider_state = 'paid'
                and payments.erp_posted_count > 1
                and payments.erp_currency_count = 1
                and payments.erp_currency = payments.provider_currency
                then posted.posted_amount
            else 0
        end as duplicate_amount,
        case
            when
                payments.provider_state = 'paid'
                and (payments.erp_currency_count > 1 or payments.erp_currency <> payments.provider_currency)
                then posted.posted_amount
            else 0
        end as currency_break_amount,
        posted.posted_amount as erp_posted_amount
    from payments
    inner join posted on payments.payment_key = posted.payment_key
),

{% set amounts = [
    'provider_paid_amount', 'in_transit_amount', 'missing_in_erp_amount', 'posted_in_batch_amount', 'erp_without_provider_amount',
    'difference_amount', 'duplicate_amount', 'currency_break_amount', 'erp_posted_amount'
] -%}

summed as (
    select
        business_date,
        currency,
        {%- for amount in amounts %}
        cast(sum({{ amount }}) as decimal(19, 4)) as {{ amount }}{{ ',' if not loop.last }}
        {%- endfor %}
    from legs
    group by business_date, currency
)

select
    business_date,
    currency,
    {%- for amount in amounts %}
    {{ amount }},
    {%- endfor %}
    cast(
        provider_paid_amount - in_transit_amount - missing_in_erp_amount - posted_in_batch_amount
        + erp_without_provider_amount + difference_amount + duplicate_amount + currency_break_amount
        - erp_posted_amount as decimal(19, 4)
    ) as residual_amount,
    {{ as_of_date() }} as as_of_date
from summed
