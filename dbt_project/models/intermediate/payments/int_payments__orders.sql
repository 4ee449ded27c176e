-- Orders with the money of their payments, and whether it is more than was due (exceptions.md, duplicate_payment a).
with

payments as (
    select * from {{ ref('int_payments__payments') }}
    where order_id is not null
),

paid as (
    select * from payments
    where
        provider_state = 'paid'
        and provider_currency_count = 1
),

website_orders as (
    select
        order_id,
        min(amount) as amount,
        min(currency) as currency,
        min(customer_id) as customer_id
    from {{ ref('stg_website__orders') }}
    group by order_id
    having count(*) = 1
)

select
    payments.order_id,
    max(website_orders.customer_id) as customer_id,
    max(website_orders.amount) as order_amount,
    max(website_orders.currency) as currency,
    {{ any_row('payments.is_verified') }} as has_verified_payment,
    count(paid.payment_key) as paid_count,
    sum(paid.provider_amount) as paid_amount,
    sum(paid.refunded_amount) as refunded_amount,
    max(paid.provider_last_paid_at) as last_paid_at,
    count(paid.payment_key) >= 2
    and coalesce(sum(paid.provider_amount - paid.refunded_amount) > max(website_orders.amount), false) as is_paid_twice
from payments
left join website_orders on payments.order_id = website_orders.order_id
-- only money in the order's currency can be compared with it
left join paid
    on
        payments.payment_key = paid.payment_key
        and website_orders.currency = paid.provider_currency
group by payments.order_id
