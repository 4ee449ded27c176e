-- Website orders whose status says something else than their money (exceptions.md, Payments). Payments name an order by its
-- id alone: where two shops use one id, only what is true for either is said.
with

website_orders as (
    select
        order_id,
        customer_id,
        amount,
        currency,
        status,
        coalesce(updated_at, created_at) as changed_at
    from {{ ref('stg_website__orders') }}
),

shops as (
    select
        order_id,
        count(*) as shop_count,
        {{ any_row("status <> 'cancelled'") }} = false as is_cancelled,
        max(changed_at) as changed_at,
        case when count(*) = 1 then max(customer_id) end as customer_id
    from website_orders
    group by order_id
),

money as (
    select * from {{ ref('int_payments__order_money') }}
),

last_payments as (
    select
        order_id,
        max(last_paid_at) as last_paid_at,
        {{ any_row('paid_amount > 0') }} as has_money
    from money
    where paid_count > 0
    group by order_id
),

unpaid as (
    select website_orders.*
    from website_orders
    left join last_payments on website_orders.order_id = last_payments.order_id
    where
        website_orders.status in ('paid', 'completed')
        and website_orders.amount > 0
        and last_payments.order_id is null
),

-- duplicate_payment says it of the order, or of one of its payments
paid_twice as (
    select order_id from {{ ref('int_payments__orders') }}
    where is_paid_twice
    union
    select order_id from {{ ref('int_exceptions__payment_conditions') }}
    where
        is_paid_twice
        and order_id is not null
),

website_tolerances as (
    select
        currency,
        cast(tolerance as decimal(19, 4)) as tolerance
    from {{ ref('tolerances') }}
    where leg = 'website'
),

-- Money in the order's currency beside its amount; money in another currency equals nothing of it.
compared as (
    select
        website_orders.order_id,
        website_orders.status,
        website_orders.customer_id,
        website_orders.amount as order_amount,
        website_orders.currency,
        max(last_payments.last_paid_at) as last_paid_at,
        coalesce(max(case when money.currency = website_orders.currency then money.paid_amount end), 0) as paid_amount,
        coalesce(max(case when money.currency = website_orders.currency then money.refunded_amount end), 0) as refunded_amount,
        {{ any_row('money.currency <> website_orders.currency and money.paid_amount > 0') }} as has_other_money,
        {{ any_row('money.currency <> website_orders.currency and money.paid_amount <> money.refunded_amount') }} as keeps_other_money,
        coalesce(max(website_tolerances.tolerance), max(tolerances_of_all.tolerance), 0) as tolerance
    from website_orders
    inner join shops
        on
            website_orders.order_id = shops.order_id
            and shops.shop_count = 1
    inner join last_payments
        on
            website_orders.order_id = last_payments.order_id
            and last_payments.has_money
    inner join money on website_orders.order_id = money.order_id
    left join paid_twice on website_orders.order_id = paid_twice.order_id
    left join website_tolerances on website_orders.currency = website_tolerances.currency
    left join website_tolerances as tolerances_of_all on tolerances_of_all.currency = '*'
    where
        website_orders.status in ('paid', 'completed')
        and paid_twice.order_id is null
    group by website_orders.order_id, website_orders.status, website_orders.customer_id, website_orders.amount, website_orders.currency
),

differing as (
    select * from compared
    where
        (has_other_money or abs(paid_amount - order_amount) > tolerance)
        and (keeps_other_money or abs(paid_amount - refunded_amount - order_amount) > tolerance)
),

cancelled as (
    select
        shops.order_id,
        shops.customer_id,
        money.currency,
        money.paid_amount,
        money.refunded_amount,
        greatest(shops.changed_at, last_payments.last_paid_at) as event_at
    from shops
    inner join last_payments on shops.order_id = last_payments.order_id
    inner join money on shops.order_id = money.order_id
    where
        shops.is_cancelled
        and money.paid_amount - money.refunded_amount > 0
),

{% set nothing = null_text() %}

candidates as (

    {{ candidate(
        'order_paid_without_payment', from='unpaid', where="true", subject='order', id='order_id',
        payment_key=nothing, invoice_id=nothing, grace='order_payment', event_at='changed_at', amount='amount',
        reason="concat('Order ', order_id, ' of ', " ~ money_text('amount', 'currency') ~ ", ' is ', status, ', no payment of it is verified')"
    ) }}

    union all

    {{ candidate(
        'order_amount_mismatch', from='differing', where="true", subject='order', id='order_id',
        payment_key=nothing, invoice_id=nothing, grace='order_payment', event_at='last_paid_at',
        amount='abs(paid_amount - refunded_amount - order_amount)',
        reason="concat('Order ', order_id, ' of ', " ~ money_text('order_amount', 'currency') ~ ", ' is ', status, ', its payments bring ', "
            ~ money_text('paid_amount', 'currency') ~ ", ', refunded ', " ~ money_text('refunded_amount', 'currency')
            ~ ", case when has_other_money then ', and money in another currency' else '' end)"
    ) }}

    union all

    {{ candidate(
        'order_cancelled_but_paid', from='cancelled', where="true", subject='order', id='order_id',
        payment_key=nothing, invoice_id=nothing, grace='return_refund', event_at='event_at', amount='paid_amount - refunded_amount',
        reason="concat('Order ', order_id, ' is cancelled, its payments brought ', " ~ money_text('paid_amount', 'currency') ~ ", ', refunded ', "
            ~ money_text('refunded_amount', 'currency') ~ ")"
    ) }}
)

select * from candidates
