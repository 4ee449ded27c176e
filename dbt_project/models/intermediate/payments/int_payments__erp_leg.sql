-- What accounting says of each payment. Deleted documents are absent, settlement documents belong to payouts.
with

documents as (
    select
        *,
        row_number() over (
            partition by payment_key
            order by case when is_posted then 0 else 1 end, document_date, document_id
        ) as document_rank
    from {{ ref('int_identity__erp_payments') }}
    where
        payment_key is not null
        and not is_deleted
),

invoices_of_documents as (
    select
        documents.payment_key,
        min(parts.invoice_id) as invoice_id
    from documents
    inner join {{ ref('stg_erp__payments') }} as parts
        on
            documents.source_system = parts.source_system
            and documents.erp_document_id = {{ whole_document_id('parts.erp_document_id') }}
    where
        documents.is_posted
        and documents.is_split
        and parts.invoice_id is not null
        and not parts.deleted
        and {{ is_document_part('parts.erp_document_id') }}
    group by documents.payment_key
)

select
    ---------- ids
    documents.payment_key,
    coalesce(
        max(case when documents.is_posted and documents.document_rank = 1 then documents.order_id end),
        min(case when documents.is_posted then documents.order_id end)
    ) as order_id,
    coalesce(
        max(case when documents.is_posted and documents.document_rank = 1 then documents.invoice_id end),
        min(case when documents.is_posted then documents.invoice_id end),
        max(invoices_of_documents.invoice_id)
    ) as invoice_id,
    coalesce(
        max(case when documents.is_posted and documents.document_rank = 1 then documents.customer_id end),
        min(case when documents.is_posted then documents.customer_id end)
    ) as customer_id,
    max(case when documents.is_posted and documents.document_rank = 1 then documents.customer_tax_id end) as customer_tax_id,
    ---------- states
    case when {{ any_row('documents.is_posted') }} then 'posted' else 'unposted' end as erp_state,
    count(case when documents.is_posted then 1 end) as posted_count,
    count(case when documents.is_posted and documents.channel = 'direct' then 1 end) as direct_count,
    count(case when documents.is_posted and documents.channel = 'provider' then 1 end) as provider_count,
    ---------- amounts
    cast(sum(case when documents.is_posted then documents.amount end) as decimal(19, 4)) as erp_amount,
    cast(
        sum(case when documents.is_posted and documents.channel = 'direct' then documents.amount end) as decimal(19, 4)
    ) as direct_amount,
    max(case when documents.document_rank = 1 then documents.currency end) as currency,
    count(distinct case when documents.is_posted then documents.currency end)
    + count(case when documents.is_posted and documents.has_several_currencies then 1 end) as currency_count,
    ---------- times
    min(documents.document_date) as created_at,
    min(case when documents.is_posted then documents.document_date end) as erp_document_date,
    min(case when documents.is_posted and documents.channel = 'direct' then documents.document_date end) as direct_paid_at,
    max(case when documents.is_posted then documents.document_date end) as last_document_date,
    max(
        case when documents.is_posted then greatest(documents.document_date, coalesce(documents.updated_at, documents.document_date)) end
    ) as last_changed_at
from documents
left join invoices_of_documents on documents.payment_key = invoices_of_documents.payment_key
group by documents.payment_key
