-- Money that only the bank or only ERP knows (exceptions.md, Payments).
with

lines as (
    select * from {{ ref('int_settlement__bank_lines') }}
),

documents as (
    select documents.*
    from {{ ref('int_identity__erp_payments') }} as documents
    left join lines
        on
            documents.document_id = lines.belongs_to_id
            and lines.belongs_to = 'erp_payment'
    where
        documents.is_posted
        and documents.channel = 'direct'
        and documents.document_type in ('bank_receipt', 'incoming_payment_order')
        and lines.belongs_to_id is null
),

{% set nothing = null_text() %}

candidates as (

    {{ candidate(
        'direct_payment_not_in_bank', from='documents', where="true", subject='document', id='document_id',
        grace='bank', event_at='document_date', amount='amount',
        reason="concat('ERP posted ', " ~ money_text('amount', 'currency') ~ ", ' by bank (', number, '), no line of the bank statement is it')"
    ) }}

    union all

    {{ candidate(
        'bank_receipt_not_in_erp', from='lines', where="belongs_to = 'nothing'", subject='document', id='document_id',
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        grace='bank', event_at='booked_at', amount='amount',
        reason="concat('The bank booked ', " ~ money_text('amount', 'currency') ~ ", ' from ', coalesce(counterparty_name, 'an unnamed payer'),
            ' on ', booked_date, ', no payout and no ERP payment is it')"
    ) }}
)

select * from candidates
