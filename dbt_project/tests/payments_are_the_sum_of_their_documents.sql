-- Guards against money that counts twice, or not at all, between documents, payments and payouts.
with

documents as (
    select
        leg,
        sum(case when is_effective and is_leg and payment_key is not null then amount else 0 end) as amount
    from {{ ref('int_identity__documents') }}
    group by leg
),

payments as (
    select
        sum(provider_amount) as provider_amount,
        sum(erp_amount) as erp_amount,
        sum(fiscal_amount) as fiscal_amount
    from {{ ref('fct_payment_reconciliation') }}
),

compared as (
    select
        documents.leg,
        documents.amount as document_amount,
        case documents.leg
            when 'provider' then payments.provider_amount
            when 'erp' then payments.erp_amount
            when 'fiscal' then payments.fiscal_amount
        end as payment_amount
    from documents
    cross join payments
    where documents.leg <> 'website'
)

select * from compared
where document_amount <> coalesce(payment_amount, 0)
