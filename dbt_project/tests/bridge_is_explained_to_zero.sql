-- The bridge leaves nothing unexplained, and both its ends are what the payments say (ledger.md, Bridge).
with

bridge as (
    select
        sum(provider_paid_amount) as provider_paid_amount,
        sum(erp_posted_amount) as erp_posted_amount,
        sum(abs(residual_amount)) as residual_amount
    from {{ ref('fct_payment_bridge') }}
),

payments as (
    select
        sum(provider_amount) as provider_paid_amount,
        sum(case when provider_state = 'paid' or erp_provider_count > 0 then erp_amount end) as erp_posted_amount
    from {{ ref('int_payments__payments') }}
)

select
    bridge.residual_amount,
    bridge.provider_paid_amount,
    payments.provider_paid_amount as expected_provider_paid_amount,
    bridge.erp_posted_amount,
    payments.erp_posted_amount as expected_erp_posted_amount
from bridge
cross join payments
where
    bridge.residual_amount <> 0
    or coalesce(bridge.provider_paid_amount, 0) <> coalesce(payments.provider_paid_amount, 0)
    or coalesce(bridge.erp_posted_amount, 0) <> coalesce(payments.erp_posted_amount, 0)
