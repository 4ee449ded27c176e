-- Payments for which policy requires a fiscal receipt, and when the money that requires it moved.
with

payments as (
    select * from {{ ref('int_payments__identified') }}
),

requirements as (
    select * from {{ ref('fiscal_requirements') }}
),

customers as (
    select
        customer_id,
        tax_id,
        customer_type
    from {{ ref('stg_crm__customers') }}
),

customers_by_tax_id as (
    select
        tax_id,
        min(customer_type) as customer_type
    from customers
    where tax_id is not null
    group by tax_id
    having count(distinct customer_type) = 1
),

customers_by_id as (
    select
        customer_id,
        min(customer_type) as customer_type
    from customers
    group by customer_id
),

required_documents as (
    select
        erp_payments.document_id,
        erp_payments.payment_key,
        min(erp_payments.document_date) as document_date
    from {{ ref('int_identity__erp_payments') }} as erp_payments
    inner join payments on erp_payments.payment_key = payments.payment_key
    left join customers_by_id on coalesce(erp_payments.customer_id, payments.customer_id) = customers_by_id.customer_id
    left join customers_by_tax_id on erp_payments.customer_tax_id = customers_by_tax_id.tax_id
    inner join requirements
        on
            requirements.channel = 'direct'
            and requirements.document_type in ('*', erp_payments.document_type)
            and (
                requirements.customer_type = '*'
                or requirements.customer_type = coalesce(customers_by_id.customer_type, customers_by_tax_id.customer_type)
            )
    where
        erp_payments.is_posted
        and erp_payments.channel = 'direct'
    group by erp_payments.document_id, erp_payments.payment_key
    -- a line that says no goes before one that says yes
    having min(case when requirements.is_required then 1 else 0 end) = 1
),

direct_payments as (
    select
        payment_key,
        min(document_date) as required_since
    from required_documents
    group by payment_key
),

provider_payments as (
    select
        payments.payment_key,
        payments.provider_paid_at as required_since
    from payments
    cross join (
        select min(case when is_required then 1 else 0 end) = 1 as is_required
        from requirements
        where channel = 'provider'
    ) as policy
    where
        payments.provider_state = 'paid'
        and policy.is_required
)

select * from provider_payments
union all
select direct_payments.*
from direct_payments
left join provider_payments on direct_payments.payment_key = provider_payments.payment_key
where provider_payments.payment_key is null
