-- Paid payments with every order and invoice the provider, the website and payment requests name for them:
-- what rules 4 and 5 look documents up in (ERP's own words do not count here).
with

paid as (
    select * from {{ ref('int_payments__provider_leg') }}
    where provider_state = 'paid'
),

named as (
    select
        payment_key,
        order_id,
        invoice_id
    from {{ ref('int_identity__provider_payments') }}
    where order_id is not null or invoice_id is not null
    union all
    select
        payment_key,
        order_id,
        invoice_id
    from {{ ref('int_identity__website_payments') }}
    where order_id is not null or invoice_id is not null
    union all
    select
        payment_id as payment_key,
        order_id,
        invoice_id
    from {{ ref('stg_crm__payment_requests') }}
    where payment_id is not null
)

select distinct
    paid.payment_key,
    named.order_id,
    named.invoice_id,
    paid.provider_amount as amount,
    paid.currency,
    paid.paid_at,
    {{ business_date('paid.paid_at') }} as paid_date
from paid
inner join named on paid.payment_key = named.payment_key
