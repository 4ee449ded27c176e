-- Which payment each fiscal sale receipt belongs to: by our id, by its ERP document, by order and amount. A provider
-- that registers receipts itself names its own payment, not ours: within one source its ids are known.
with

receipts as (
    select
        documents.*,
        decided.payment_key as decided_key,
        provider_payments.payment_key as provider_key,
        coalesce(decided.payment_key, provider_payments.payment_key, documents.payment_id) as named_key
    from {{ ref('int_documents__fiscal_receipts') }} as documents
    left join {{ ref('int_decisions__matches') }} as decided on documents.document_id = decided.document_id
    left join {{ ref('int_identity__provider_payments') }} as provider_payments
        on
            documents.source_system = provider_payments.source_system
            and documents.payment_id = provider_payments.provider_payment_id
    where documents.receipt_type = 'sale'
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
        receipts.named_key is null
        and erp_payments.payment_key is not null
    group by receipts.document_id
),

---------- rule 4; a receipt of kind offset is nobody's partner

remaining as (
    select receipts.*
    from receipts
    left join by_erp_document on receipts.document_id = by_erp_document.document_id
    where
        receipts.named_key is null
        and receipts.settlement_kind = 'payment'
        and receipts.order_id is not null
        and by_erp_document.document_id is null
),

partnered as (
    select named_key as payment_key from receipts
    where named_key is not null and settlement_kind = 'payment'
    union
    select by_erp_document.first_candidate as payment_key
    from by_erp_document
    inner join receipts on by_erp_document.document_id = receipts.document_id
    where by_erp_document.is_certain and receipts.settlement_kind = 'payment'
),

order_pairs as (
    {{ order_amount_pairs('remaining', 'paid_payments', 'partnered') }}
),

by_order_amount as (
    {{ mutually_unique('order_pairs', 'order_amount') }}
),

found as (
    select * from by_erp_document
    union all
    select * from by_order_amount
)

select
    receipts.*,
    case
        when receipts.named_key is not null then receipts.named_key
        when found.is_certain then found.first_candidate
        else concat('fiscal:', receipts.source_system, ':', receipts.receipt_id)
    end as payment_key,
    case
        when receipts.decided_key is not null then 'manual_decision'
        when receipts.provider_key is not null then 'provider_payment_id'
        when receipts.payment_id is not null then 'payment_id'
        else coalesce(found.match_rule, 'none')
    end as match_rule,
    coalesce(not found.is_certain, false) as is_ambiguous,
    case when not found.is_certain then found.candidates else {{ empty_list() }} end as candidates
from receipts
left join found on receipts.document_id = found.document_id
