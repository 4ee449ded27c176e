-- Refunds with the state of each side and whether a refund receipt is required.
with

sides as (
    select * from {{ ref('int_refunds__sides') }}
),

receipts as (
    select * from {{ ref('int_refunds__receipts') }}
    where refund_key is not null
),

payments as (
    select * from {{ ref('int_payments__identified') }}
),

requirements as (
    select * from {{ ref('int_payments__fiscal_requirement') }}
)

select
    ---------- ids
    sides.refund_key,
    sides.payment_key,
    sides.payment_document_id,
    sides.refund_id,
    sides.provider_document_id,
    sides.erp_document_id,
    receipts.document_id as receipt_document_id,
    payments.order_id,
    coalesce(sides.invoice_id, payments.invoice_id) as invoice_id,
    sides.invoice_id as named_invoice_id,
    payments.customer_id,
    ---------- states
    sides.provider_state,
    case when sides.erp_document_id is not null then 'posted' else 'absent' end as erp_state,
    case
        when receipts.receipt_state is not null then receipts.receipt_state
        when requirements.payment_key is not null then 'absent'
        else 'not_required'
    end as receipt_state,
    requirements.payment_key is not null as is_receipt_required,
    sides.is_payment_known,
    coalesce(payments.provider_state, 'absent') as payment_provider_state,
    coalesce(payments.erp_direct_count, 0) > 0 as is_payment_direct,
    ---------- amounts
    sides.provider_amount,
    sides.erp_amount,
    case when receipts.receipt_state = 'success' then receipts.amount end as receipt_amount,
    coalesce(sides.provider_currency, sides.erp_currency) as currency,
    sides.provider_currency,
    sides.erp_currency,
    case when receipts.receipt_state = 'success' then receipts.currency end as receipt_currency,
    receipts.event_at as receipt_at,
    ---------- times
    sides.refunded_at as provider_refunded_at,
    sides.erp_refunded_at,
    coalesce(sides.refunded_at, sides.erp_refunded_at) as refunded_at,
    sides.provider_created_at
from sides
left join receipts on sides.refund_key = receipts.refund_key
left join payments on sides.payment_key = payments.payment_key
left join requirements on sides.payment_key = requirements.payment_key
