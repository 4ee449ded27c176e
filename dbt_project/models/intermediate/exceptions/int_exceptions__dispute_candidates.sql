-- Lost disputes that accounting has not booked (exceptions.md, Payments).
with

unbooked as (
    select
        disputes.*,
        concat(disputes.source_system, ':', disputes.dispute_id) as subject_id,
        payments.order_id,
        payments.invoice_id,
        payments.customer_id
    from {{ ref('int_refunds__disputes') }} as disputes
    left join {{ ref('int_refunds__dispute_bookings') }} as bookings on disputes.document_id = bookings.dispute_document_id
    left join {{ ref('int_payments__payments') }} as payments on disputes.payment_key = payments.payment_key
    where
        disputes.status = 'lost'
        and bookings.dispute_document_id is null
),

candidates as (

    {{ candidate(
        'dispute_lost_not_in_erp', from='unbooked', where="true", subject='dispute', id='subject_id',
        grace='erp_refund', event_at='closed_at', amount='amount',
        reason="concat('Dispute ', dispute_id, ' took ', " ~ money_text('amount', 'currency') ~ ", ' back, ERP has not posted it')"
    ) }}
)

select * from candidates
