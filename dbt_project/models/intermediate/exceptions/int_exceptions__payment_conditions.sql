-- Conditions that several rules about payments share: those that silence others, and how the order stands.
with

compared as (
    select
        ---------- ids
        payments.payment_key,
        payments.order_id,
        payments.invoice_id,
        payments.customer_id,
        ---------- states
        payments.provider_state,
        payments.website_state,
        payments.status_source,
        payments.erp_state,
        payments.fiscal_state,
        payments.refund_state,
        payments.is_receipt_required,
        payments.is_verified,
        payments.provider_source_system,
        payments.settlement_batch_id,
        payments.provider_paid_count,
        payments.provider_currency_count,
        payments.erp_posted_count,
        payments.erp_provider_count,
        payments.erp_currency_count,
        payments.receipt_success_count,
        payments.fiscal_currency_count,
        ---------- amounts
        payments.provider_amount,
        payments.greatest_paid_amount,
        payments.provider_pending_amount,
        payments.website_amount,
        payments.erp_amount,
        payments.fiscal_amount,
        payments.verified_amount,
        payments.refunded_amount,
        payments.erp_tolerance,
        payments.website_tolerance,
        payments.fiscal_tolerance,
        payments.currency,
        payments.provider_currency,
        payments.website_currency,
        payments.erp_currency,
        payments.fiscal_currency,
        ---------- times
        payments.created_at,
        payments.paid_at,
        payments.provider_paid_at,
        payments.provider_last_paid_at,
        payments.provider_pending_since,
        payments.provider_failed_at,
        payments.website_paid_at,
        payments.erp_document_date,
        payments.erp_last_document_date,
        payments.erp_last_changed_at,
        payments.receipt_required_since,
        payments.receipt_registered_at,
        payments.receipt_last_registered_at,
        payments.receipt_latest_created_at,
        payments.receipt_latest_error,
        ---------- currencies that count
        case when payments.provider_state = 'paid' then payments.provider_currency end as paid_currency,
        case when payments.website_state <> 'absent' then payments.website_currency end as believed_currency,
        case when payments.erp_state = 'posted' then payments.erp_currency end as posted_currency,
        case when payments.receipt_success_count > 0 then payments.fiscal_currency end as receipt_currency
    from {{ ref('int_payments__payments') }} as payments
),

flagged as (
    select
        *,
        coalesce(paid_currency <> believed_currency, false)
        or coalesce(paid_currency <> posted_currency, false)
        or coalesce(paid_currency <> receipt_currency, false)
        or coalesce(believed_currency <> posted_currency, false)
        or coalesce(believed_currency <> receipt_currency, false)
        or coalesce(posted_currency <> receipt_currency, false)
        or provider_currency_count > 1
        or erp_currency_count > 1
        or fiscal_currency_count > 1 as has_currency_mismatch
    from compared
)

select
    flagged.*,
    coalesce(orders.has_verified_payment, flagged.is_verified) as has_verified_order,
    coalesce(orders.is_paid_twice, false) as is_order_paid_twice,
    flagged.provider_paid_count >= 2
    and not flagged.has_currency_mismatch
    and flagged.provider_amount - flagged.refunded_amount > coalesce(flagged.website_amount, flagged.greatest_paid_amount)
        as is_paid_twice,
    flagged.provider_state = 'paid'
    and flagged.erp_posted_count >= 2
    and not flagged.has_currency_mismatch
    and flagged.erp_amount > flagged.provider_amount + flagged.erp_tolerance as is_posted_twice,
    flagged.receipt_success_count >= 2
    and not flagged.has_currency_mismatch
    and coalesce(flagged.fiscal_amount > flagged.verified_amount + flagged.fiscal_tolerance, false) as has_duplicate_receipt
from flagged
left join {{ ref('int_payments__orders') }} as orders on flagged.order_id = orders.order_id
