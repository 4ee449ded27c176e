-- One row per payment with all its legs, refunds and settlement; matching states come from here, judgements do not.
with

payments as (
    select * from {{ ref('int_payments__identified') }}
),

crm_leg as (
    select
        payment_key,
        case when {{ any_row("crm_state = 'paid'") }} then 'paid' else 'unpaid' end as crm_state
    from {{ ref('int_payments__deals') }}
    where payment_key is not null
    group by payment_key
),

requirements as (
    select * from {{ ref('int_payments__fiscal_requirement') }}
),

refunded as (
    select
        payment_key,
        currency,
        sum(amount) as refunded_amount
    from {{ ref('int_refunds__money') }}
    where payment_key is not null
    group by payment_key, currency
),

payouts as (
    select distinct source_system
    from {{ ref('stg_provider__payouts') }}
),

known_batches as (
    select
        provider_payments.payment_key,
        count(*) as known_count
    from {{ ref('int_identity__provider_payments') }} as provider_payments
    inner join {{ ref('stg_provider__payouts') }} as payouts
        on
            provider_payments.source_system = payouts.source_system
            and provider_payments.settlement_batch_id = payouts.settlement_batch_id
    where provider_payments.status = 'paid'
    group by provider_payments.payment_key
),

-- A tolerance of the currency itself goes before the one for all currencies.
tolerances as (
    select
        leg,
        currency,
        cast(tolerance as decimal(19, 4)) as tolerance
    from {{ ref('tolerances') }}
),

assembled as (
    select
        payments.*,
        coalesce(crm_leg.crm_state, 'absent') as crm_state,
        {% for leg in ['erp', 'website', 'fiscal'] -%}
        coalesce({{ leg }}_tolerance.tolerance, {{ leg }}_tolerance_of_all.tolerance, 0) as {{ leg }}_tolerance,
        {% endfor -%}
        requirements.payment_key is not null as is_receipt_required,
        requirements.required_since as receipt_required_since,
        coalesce(refunded.refunded_amount, 0) as refunded_amount,
        case when payments.provider_state = 'paid' then payments.provider_amount else payments.direct_amount end as verified_amount,
        case
            when payments.provider_state <> 'paid' then 'not_applicable'
            when payouts.source_system is null then 'not_configured'
            when coalesce(known_batches.known_count, 0) = payments.provider_paid_count then 'settled'
            else 'unsettled'
        end as settlement_state
    from payments
    left join crm_leg on payments.payment_key = crm_leg.payment_key
    left join requirements on payments.payment_key = requirements.payment_key
    left join refunded on payments.payment_key = refunded.payment_key and payments.currency = refunded.currency
    left join payouts on payments.provider_source_system = payouts.source_system
    left join known_batches on payments.payment_key = known_batches.payment_key
    {%- for leg in ['erp', 'website', 'fiscal'] %}
    left join tolerances as {{ leg }}_tolerance
        on {{ leg }}_tolerance.leg = '{{ leg }}' and {{ leg }}_tolerance.currency = payments.currency
    left join tolerances as {{ leg }}_tolerance_of_all
        on {{ leg }}_tolerance_of_all.leg = '{{ leg }}' and {{ leg }}_tolerance_of_all.currency = '*'
    {%- endfor %}
)

select
    ---------- ids
    payment_key,
    payment_id,
    order_id,
    invoice_id,
    customer_id,
    customer_tax_id,
    ---------- documents
    match_rules,
    has_ambiguous_document,
    is_without_leg,
    ---------- states
    provider_state,
    website_state,
    status_source,
    crm_state,
    erp_state,
    case
        when fiscal_state is not null then fiscal_state
        when is_receipt_required then 'absent'
        else 'not_required'
    end as fiscal_state,
    is_receipt_required,
    case
        when refunded_amount = 0 then 'none'
        when refunded_amount > coalesce(verified_amount, 0) then 'over'
        when refunded_amount = verified_amount then 'full'
        else 'partial'
    end as refund_state,
    settlement_state,
    provider_state = 'paid' or erp_direct_count > 0 as is_verified,
    provider_paid_count,
    settled_count,
    erp_posted_count,
    erp_direct_count,
    erp_provider_count,
    receipt_success_count,
    provider_currency_count,
    erp_currency_count,
    fiscal_currency_count,
    provider_source_system,
    settlement_batch_id,
    ---------- amounts
    provider_amount,
    greatest_paid_amount,
    provider_pending_amount,
    website_amount,
    erp_amount,
    direct_amount,
    fiscal_amount,
    verified_amount,
    cast(refunded_amount as decimal(19, 4)) as refunded_amount,
    fee_amount,
    currency,
    provider_currency,
    website_currency,
    erp_currency,
    fiscal_currency,
    case
        when provider_amount is null or erp_amount is null then cast(0 as decimal(19, 4))
        else cast(erp_amount - provider_amount as decimal(19, 4))
    end as difference_amount,
    erp_tolerance,
    website_tolerance,
    fiscal_tolerance,
    ---------- times
    created_at,
    paid_at,
    business_date,
    provider_paid_at,
    provider_last_paid_at,
    provider_pending_since,
    provider_failed_at,
    website_paid_at,
    direct_paid_at,
    erp_document_date,
    erp_last_document_date,
    erp_last_changed_at,
    receipt_required_since,
    receipt_registered_at,
    receipt_last_registered_at,
    receipt_latest_created_at,
    receipt_latest_error
from assembled
