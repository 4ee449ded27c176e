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

order_pairs as (
    select distinct
        remaining.document_id,
        paid_payments.payment_key
    from remaining
    inner join paid_payments
        on
            remaining.order_id = paid_payments.order_id
            and remaining.amount = paid_payments.amount
            and remaining.currency = paid_payments.currency
    left join partnered on paid_payments.payment_key = partnered.payment_key
    where partnered.payment_key is null
),

order_rivals as (
    select
        payment_key,
        count(*) as document_count
    from order_pairs
    group by payment_key
),

by_order_amount as (
    select
        order_pairs.document_id,
        'order_amount' as match_rule,
        {{ list_distinct('order_pairs.payment_key') }} as candidates,
        min(order_pairs.payment_key) as first_candidate,
        count(*) = 1 and max(order_rivals.document_count) = 1 as is_certain
    from order_pairs
    inner join order_rivals on order_pairs.payment_key = order_rivals.payment_key
    group by order_pairs.document_id
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
