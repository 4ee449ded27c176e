-- Guards against a lost or doubled document: money per leg and currency in staging is money in the links,
-- and each document has exactly one payment, or one payout.
with

staged as (
    select 'provider' as leg, currency, sum(amount) as amount from {{ ref('stg_provider__payments') }}
    group by currency
    union all
    select 'website' as leg, currency, sum(amount) as amount from {{ ref('stg_website__payments') }}
    group by currency
    union all
    select 'erp' as leg, currency, sum(amount) as amount from {{ ref('int_documents__erp_payments') }}
    group by currency
    union all
    select 'fiscal' as leg, currency, sum(amount) as amount from {{ ref('int_documents__fiscal_receipts') }}
    where receipt_type = 'sale'
    group by currency
),

links as (
    select
        leg,
        currency,
        sum(amount) as amount
    from {{ ref('fct_document_links') }}
    group by leg, currency
),

differing as (
    select
        concat(coalesce(staged.leg, links.leg), ' ', coalesce(staged.currency, links.currency)) as what,
        coalesce(staged.amount, 0) - coalesce(links.amount, 0) as difference
    from staged
    full outer join links on staged.leg = links.leg and staged.currency = links.currency
    where coalesce(staged.amount, 0) <> coalesce(links.amount, 0)
),

homeless as (
    select
        links.document_id as what,
        links.amount as difference
    from {{ ref('fct_document_links') }} as links
    left join {{ ref('fct_payment_reconciliation') }} as payments on links.payment_key = payments.payment_key
    where
        (links.payment_key is null and links.settlement_batch_id is null)
        or (links.payment_key is not null and links.settlement_batch_id is not null)
        or (links.payment_key is not null and payments.payment_key is null)
)

select * from differing
union all
select * from homeless
