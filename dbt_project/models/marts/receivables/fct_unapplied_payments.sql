-- Verified money that belongs to no invoice and no order yet, one row per document and currency.
with

unapplied as (
    select
        document_id,
        payment_key,
        currency,
        sum(amount) as amount,
        min(event_at) as paid_at,
        min(unapplied_reason) as unapplied_reason
    from {{ ref('int_ledger__allocations') }}
    where applied_to = 'unapplied'
    group by document_id, payment_key, currency
),

payments as (
    select * from {{ ref('int_payments__payments') }}
),

customers_by_tax_id as (
    select
        tax_id,
        min(customer_id) as customer_id
    from {{ ref('stg_crm__customers') }}
    where tax_id is not null
    group by tax_id
    having count(distinct customer_id) = 1
)

select
    unapplied.document_id,
    unapplied.payment_key,
    coalesce(payments.customer_id, customers_by_tax_id.customer_id) as customer_id,
    cast(unapplied.amount as decimal(19, 4)) as amount,
    unapplied.currency,
    unapplied.paid_at,
    unapplied.unapplied_reason,
    {{ as_of_date() }} as as_of_date
from unapplied
inner join payments on unapplied.payment_key = payments.payment_key
left join customers_by_tax_id on payments.customer_tax_id = customers_by_tax_id.tax_id
