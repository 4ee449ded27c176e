-- ERP refunds left over that equal a lost dispute of the same payment: the booking of that dispute, no refund of its own.
with

lost_disputes as (
    select
        *,
        closed_at as event_at
    from {{ ref('int_refunds__disputes') }}
    where status = 'lost'
),

erp_left_over as (
    select
        erp_refunds.*,
        erp_refunds.document_date as event_at
    from {{ ref('int_refunds__erp_refunds') }} as erp_refunds
    left join {{ ref('int_refunds__pairs') }} as pairs on erp_refunds.document_id = pairs.erp_document_id
    where pairs.erp_document_id is null
),

pairs as (
    {{ pair_in_time_order('lost_disputes', 'erp_left_over', ['payment_key', 'amount', 'currency']) }}
)

select
    left_id as dispute_document_id,
    right_id as erp_document_id
from pairs
