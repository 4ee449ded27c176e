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
),

-- ERP rows may be parts of one document: each row's document is linked.
unlinked_rows as (
    select
        rows_of_documents.erp_document_id as what,
        rows_of_documents.amount as difference
    from {{ ref('stg_erp__payments') }} as rows_of_documents
    left join {{ ref('fct_document_links') }} as links
        on
            concat('erp.payments:', rows_of_documents.source_system, ':', {{ whole_document_id('rows_of_documents.erp_document_id') }})
            = links.document_id
    where links.document_id is null
),

-- A document is posted when its living rows, in the form that counts, all are; its money is theirs.
living_rows as (
    select
        source_system,
        {{ whole_document_id('erp_document_id') }} as erp_document_id,
        {{ is_document_part('erp_document_id') }} as is_split,
        sum(amount) as amount,
        min(case when posted then 1 else 0 end) = 1 as is_posted
    from {{ ref('stg_erp__payments') }}
    where not deleted
    group by source_system, {{ whole_document_id('erp_document_id') }}, {{ is_document_part('erp_document_id') }}
),

posted_money as (
    select
        documents.document_id as what,
        documents.amount - coalesce(living_rows.amount, 0) as difference
    from {{ ref('int_documents__erp_payments') }} as documents
    left join living_rows
        on
            documents.source_system = living_rows.source_system
            and documents.erp_document_id = living_rows.erp_document_id
            and documents.is_split = living_rows.is_split
    where
        documents.is_posted <> coalesce(living_rows.is_posted, false)
        or (documents.is_posted and documents.amount <> living_rows.amount)
)

select * from differing
union all
select * from unlinked_rows
union all
select * from posted_money
union all
select * from homeless
