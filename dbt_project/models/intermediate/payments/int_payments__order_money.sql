-- Verified money of orders and what went back of it, one row per order and currency: paid provider payments, else the
-- direct ERP documents of a payment, less its refunds and lost disputes.
with

payments as (
    select
        payment_key,
        order_id,
        provider_state
    from {{ ref('int_payments__payments') }}
    where
        order_id is not null
        and is_verified
),

money as (
    select
        payments.order_id,
        documents.currency,
        documents.amount as paid_amount,
        cast(0 as decimal(19, 4)) as refunded_amount,
        documents.paid_at
    from {{ ref('int_identity__provider_payments') }} as documents
    inner join payments on documents.payment_key = payments.payment_key
    where documents.status = 'paid'
    union all
    select
        payments.order_id,
        documents.currency,
        documents.amount as paid_amount,
        cast(0 as decimal(19, 4)) as refunded_amount,
        documents.document_date as paid_at
    from {{ ref('int_identity__erp_payments') }} as documents
    inner join payments on documents.payment_key = payments.payment_key
    where
        documents.is_posted
        and documents.channel = 'direct'
        and payments.provider_state <> 'paid'
    union all
    select
        payments.order_id,
        refunds.currency,
        cast(0 as decimal(19, 4)) as paid_amount,
        refunds.amount as refunded_amount,
        cast(null as timestamp) as paid_at
    from {{ ref('int_refunds__money') }} as refunds
    inner join payments on refunds.payment_key = payments.payment_key
)

select
    order_id,
    currency,
    cast(sum(paid_amount) as decimal(19, 4)) as paid_amount,
    cast(sum(refunded_amount) as decimal(19, 4)) as refunded_amount,
    count(paid_at) as paid_count,
    max(paid_at) as last_paid_at
from money
group by order_id, currency
