-- Orders with the money of their payments, and whether it is more than was due (exceptions.md, duplicate_payment a).
with

payments as (
    select * from {{ ref('int_payments__payments') }}
    where order_id is not null
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
    count(case when payments.provider_state = 'paid' then 1 end) as paid_count,
    sum(case when payments.provider_state = 'paid' then payments.provider_amount end) as paid_amount,
    sum(case when payments.provider_state = 'paid' then payments.refunded_amount end) as refunded_amount,
    max(payments.provider_paid_at) as last_paid_at,
    count(case when payments.provider_state = 'paid' then 1 end) >= 2
    and {{ any_row("payments.provider_state = 'paid' and payments.provider_currency is distinct from website_orders.currency") }} = false
    and coalesce(
        sum(case when payments.provider_state = 'paid' then payments.provider_amount - payments.refunded_amount end)
        > max(website_orders.amount),
        false
    ) as is_paid_twice
from payments
left join website_orders on payments.order_id = website_orders.order_id
group by payments.order_id
