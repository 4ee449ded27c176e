-- ERP payments that book a whole payout: they belong to the payout, not to a payment.
select
    refs.document_id,
    refs.settlement_source_system,
    refs.settlement_batch_id,
    documents.is_posted,
    documents.amount,
    documents.currency,
    documents.document_date
from {{ ref('int_identity__erp_references') }} as refs
inner join {{ ref('int_documents__erp_payments') }} as documents on refs.document_id = documents.document_id
where refs.settlement_batch_id is not null
