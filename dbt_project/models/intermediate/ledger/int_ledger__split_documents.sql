-- Payments whose posted ERP document is split into parts that sum to the one paid provider payment.
with

paid as (
    select
        payment_key,
        min(document_id) as provider_document_id,
        min(currency) as currency,
        sum(amount) as amount
    from {{ ref('int_identity__provider_payments') }}
    where status = 'paid'
    group by payment_key
    having count(*) = 1
),

split_documents as (
    select
        payment_key,
        min(document_id) as erp_document_id,
        min(currency) as currency,
        sum(amount) as amount
    from {{ ref('int_identity__erp_payments') }}
    where
        is_posted
        and is_split
        and not has_several_currencies
        and payment_key is not null
    group by payment_key
    having count(*) = 1
)

select
    paid.payment_key,
    paid.provider_document_id,
    split_documents.erp_document_id
from paid
inner join split_documents
    on
        paid.payment_key = split_documents.payment_key
        and paid.amount = split_documents.amount
        and paid.currency = split_documents.currency
