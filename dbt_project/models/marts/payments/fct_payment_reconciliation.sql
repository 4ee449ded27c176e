-- One row per payment: every system's state side by side, the difference, and in which one status the payment is.
with

payments as (
    select * from {{ ref('int_payments__payments') }}
),

codes as (
    select
        exception_code,
        exception_class,
        subject_type,
        subject_id,
        payment_key,
        state in ('open', 'snoozed') as is_open
    from {{ ref('int_exceptions__life') }}
    where
        as_of_date = {{ as_of_date() }}
        and is_observed
),

codes_of_payments as (
    select
        payment_key,
        {{ list_distinct('exception_code') }} as exception_codes
    from codes
    where
        is_open
        and payment_key is not null
    group by payment_key
),

counting as (
    select
        subject_id as payment_key,
        {{ any_row("is_open and exception_class = 'mismatch'") }} as has_mismatch,
        {{ any_row("is_open and exception_class = 'absent'") }} as has_absence,
        {{ any_row("not is_open and exception_class in ('mismatch', 'absent')") }} as has_accepted
    from codes
    where subject_type = 'payment'
    group by subject_id
),

orders_paid_twice as (
    select
        subject_id as order_id,
        {{ any_row('is_open') }} as is_open
    from codes
    where
        subject_type = 'order'
        and exception_code = 'duplicate_payment'
    group by subject_id
),

undecided as (
    select
        payment_key,
        {{ any_row('not is_suggestion') }} as is_ambiguous
    from {{ ref('int_exceptions__undecided_payments') }}
    where payment_key is not null
    group by payment_key
),

-- An unfinished receipt keeps only those waiting whom policy requires one of.
waiting as (
    select
        subject_id as payment_key,
        {{ any_row("exception_code not in ('receipt_stuck', 'receipt_amount_mismatch')") }} as is_for_money
    from {{ ref('int_exceptions__aged') }}
    where
        subject_type = 'payment'
        and makes_pending
        and not is_beyond_grace
    group by subject_id
),

decided as (
    select distinct payment_key
    from {{ ref('int_identity__documents') }}
    where match_rule = 'manual_decision'
),

judged as (
    select
        payments.*,
        decided.payment_key is not null as is_decided,
        coalesce(codes_of_payments.exception_codes, {{ empty_list() }}) as exception_codes,
        case
            when undecided.is_ambiguous then 'ambiguous'
            when counting.has_mismatch or orders_paid_twice.is_open then 'mismatched'
            when counting.has_absence then 'missing'
            when counting.has_accepted or orders_paid_twice.order_id is not null then 'accepted'
            when undecided.payment_key is not null then 'pending'
            when
                payments.provider_state <> 'paid'
                and payments.erp_posted_count = 0
                and payments.website_state <> 'paid'
                and payments.receipt_success_count = 0
                then case when payments.provider_state = 'pending' then 'pending' else 'not_applicable' end
            when waiting.is_for_money or (waiting.payment_key is not null and payments.is_receipt_required) then 'pending'
            else 'matched'
        end as match_status
    from payments
    left join codes_of_payments on payments.payment_key = codes_of_payments.payment_key
    left join counting on payments.payment_key = counting.payment_key
    left join orders_paid_twice on payments.order_id = orders_paid_twice.order_id
    left join undecided on payments.payment_key = undecided.payment_key
    left join waiting on payments.payment_key = waiting.payment_key
    left join decided on payments.payment_key = decided.payment_key
)

select
    ---------- ids
    payment_key,
    payment_id,
    order_id,
    invoice_id,
    customer_id,
    ---------- states
    provider_state,
    website_state,
    crm_state,
    erp_state,
    fiscal_state,
    refund_state,
    settlement_state,
    ---------- amounts
    provider_amount,
    website_amount,
    erp_amount,
    fiscal_amount,
    refunded_amount,
    fee_amount,
    currency,
    difference_amount,
    cast(
        greatest(
            case when erp_amount <> provider_amount and abs(erp_amount - provider_amount) <= erp_tolerance then erp_tolerance else 0 end,
            case when website_amount <> provider_amount and abs(website_amount - provider_amount) <= website_tolerance then website_tolerance else 0 end,
            case when fiscal_amount <> verified_amount and abs(fiscal_amount - verified_amount) <= fiscal_tolerance then fiscal_tolerance else 0 end
        ) as decimal(19, 4)
    ) as tolerance_used,
    ---------- times
    created_at,
    paid_at,
    business_date,
    erp_document_date,
    ---------- judgement
    match_status,
    match_rules,
    exception_codes,
    match_status = 'matched' and not is_decided as is_auto_closed,
    {{ as_of_date() }} as as_of_date
from judged
