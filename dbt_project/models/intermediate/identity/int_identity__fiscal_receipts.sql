-- Which payment each fiscal sale receipt belongs to: by our id, by its ERP document, by order and amount.
with

receipts as (
    select * from {{ ref('int_documents__fiscal_receipts') }}
    where receipt_type = 'sale'
),

erp_payments as (
    select * from {{ ref('int_identity__erp_payments') }}
),

paid_payments as (
    select distinct
        payment_key,
        order_id,
        amount,
        currency
    from {{ ref('int_identity__paid_payments') }}
    where order_id is not null
),

by_erp_document as (
    select
        receipts.document_id,
        'erp_document_id' as match_rule,
        {{ list_distinct('erp_payments.payment_key') }} as candidates,
        min(erp_payments.payment_key) as first_candidate,
        count(distinct erp_payments.payment_key) = 1 as is_certain
    from receipts
    inner join erp_payments on receipts.erp_document_id = erp_payments.erp_document_id
    where
        receipts.payment_id is null
        and erp_payments.payment_key is not null
    group by receipts.document_id
),

---------- rule 4; a receipt of kind offset is nobody's partner

remaining as (
    select receipts.*
    from receipts
    left join by_erp_document on receipts.document_id = by_erp_document.document_id
    where
        receipts.payment_id is null
        and receipts.settlement_kind = 'payment'
        and receipts.order_id is not null
        and by_erp_document.document_id is null
),

partnered as (
    select payment_id as payment_key from receipts
    where payment_id is not null and settlement_kind = 'payment'
    union
    select by_erp_document.first_candidate as payment_key
    from by_erp_document
    inner join receipts on by_erp_document.document_id = receipts.document_id
    where by_erp_document.is_certain and receipts.settlement_kind = 'payment'
),

free_payments as (
    select
        paid_payments.order_id,
        paid_payments.amount,
        paid_payments.currency,
        {{ list_distinct('paid_payments.payment_key') }} as candidates,
        min(paid_payments.payment_key) as first_candidate,
        count(distinct paid_payments.payment_key) as candidate_count
    from paid_payments
    left join partnered on paid_payments.payment_key = partnered.payment_key
    where partnered.payment_key is null
    group by paid_payments.order_id, paid_payments.amount, paid_payments.currency
),

rivals as (
    select
        order_id,
        amount,
        currency,
        count(*) as document_count
    from remaining
    group by order_id, amount, currency
),

by_order_amount as (
    select
        remaining.document_id,
        'order_amount' as match_rule,
        free_payments.candidates,
        free_payments.first_candidate,
        free_payments.candidate_count = 1 and rivals.document_count = 1 as is_certain
    from remaining
    inner join rivals
        on
            remaining.order_id = rivals.order_id
            and remaining.amount = rivals.amount
            and remaining.currency = rivals.currency
    inner join free_payments
        on
            remaining.order_id = free_payments.order_id
            and remaining.amount = free_payments.amount
            and remaining.currency = free_payments.currency
),

found as (
    select * from by_erp_document
    union all
    select * from by_order_amount
)

select
    receipts.*,
    case
        when receipts.payment_id is not null then receipts.payment_id
        when found.is_certain then found.first_candidate
        else concat('fiscal:', receipts.source_system, ':', receipts.receipt_id)
    end as payment_key,
    case when receipts.payment_id is not null then 'payment_id' else coalesce(found.match_rule, 'none') end as match_rule,
    coalesce(not found.is_certain, false) as is_ambiguous,
    case when not found.is_certain then found.candidates else {{ empty_list() }} end as candidates
from receipts
left join found on receipts.document_id = found.document_id
