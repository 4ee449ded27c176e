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
    where leg <> 'erp'
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
        on concat(
            'erp.payments:', rows_of_documents.source_system, ':', {{ whole_document_id('rows_of_documents.erp_document_id') }}
        ) = links.document_id
    where links.document_id is null
),

-- The money of posted documents is the money of their living rows, in the form that counts.
posted_money as (
    select
        'erp posted' as what,
        documents.amount - coalesce(rows_of_documents.amount, 0) as difference
    from (
        select sum(amount) as amount
        from {{ ref('int_documents__erp_payments') }}
        where is_posted
    ) as documents
    cross join (
        select sum(parts.amount) as amount
        from {{ ref('stg_erp__payments') }} as parts
        inner join {{ ref('int_documents__erp_payments') }} as heads
            on
                parts.source_system = heads.source_system
                and {{ whole_document_id('parts.erp_document_id') }} = heads.erp_document_id
                and {{ is_document_part('parts.erp_document_id') }} = heads.is_split
        where heads.is_posted and not parts.deleted
    ) as rows_of_documents
    where documents.amount <> coalesce(rows_of_documents.amount, 0)
)

select * from differing
union all
select * from unlinked_rows
union all
select * from posted_money
union all
select * from homeless
