-- Guards against a refund, receipt or dispute that two others claim.
with

claims as (
    select provider_document_id as document_id from {{ ref('int_refunds__pairs') }}
    union all
    select erp_document_id as document_id from {{ ref('int_refunds__pairs') }}
    union all
    select erp_document_id as document_id from {{ ref('int_refunds__dispute_bookings') }}
    union all
    select dispute_document_id as document_id from {{ ref('int_refunds__dispute_bookings') }}
    union all
    select concat('receipt of ', refund_key) as document_id from {{ ref('int_refunds__receipts') }}
    where refund_key is not null
)

select
    document_id,
    count(*) as claim_count
from claims
group by document_id
having count(*) > 1
