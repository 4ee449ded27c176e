-- Which payment each ERP payment document belongs to, by the rules in order; nothing is guessed.
with

documents as (
    select * from {{ ref('int_documents__erp_payments') }}
),

erp_references as (
    select * from {{ ref('int_identity__erp_references') }}
),

paid_payments as (
    select * from {{ ref('int_identity__paid_payments') }}
),

several_payment_ids as (
    select
        documents.document_id,
        {{ list_distinct('parts.payment_id') }} as candidates
    from documents
    inner join {{ ref('stg_erp__payments') }} as parts
        on
            documents.source_system = parts.source_system
            and documents.erp_document_id = {{ whole_document_id('parts.erp_document_id') }}
    where
        documents.has_several_payment_ids
        and not parts.deleted
        and {{ is_document_part('parts.erp_document_id') }}
    group by documents.document_id
),

---------- rules 4 and 5 consider what the earlier rules left without a partner

remaining as (
    select documents.*
    from documents
    left join erp_references on documents.document_id = erp_references.document_id
    where
        documents.payment_id is null
        and not documents.has_several_payment_ids
        and documents.is_posted
        and erp_references.document_id is null
),

partnered_early as (
    select payment_id as payment_key from documents
    where is_posted and payment_id is not null
    union
    select erp_references.payment_key
    from erp_references
    inner join documents on erp_references.document_id = documents.document_id
    where documents.is_posted and erp_references.payment_key is not null
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
    left join partnered_early on paid_payments.payment_key = partnered_early.payment_key
    where partnered_early.payment_key is null
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

partnered_late as (
    select payment_key from partnered_early
    union
    select first_candidate as payment_key from by_order_amount
    where is_certain
),

invoices_of_documents as (
    select distinct
        remaining.document_id,
        parts.invoice_id,
        remaining.amount,
        remaining.currency,
        {{ business_date('remaining.document_date') }} as document_date
    from remaining
    inner join {{ ref('stg_erp__payments') }} as parts
        on
            remaining.source_system = parts.source_system
            and remaining.erp_document_id = {{ whole_document_id('parts.erp_document_id') }}
    left join by_order_amount on remaining.document_id = by_order_amount.document_id
    where
        by_order_amount.document_id is null
        and parts.invoice_id is not null
        and not parts.deleted
        and {{ is_document_part('parts.erp_document_id') }} = remaining.is_split
),

invoice_pairs as (
    select distinct
        invoices_of_documents.document_id,
        paid_payments.payment_key
    from invoices_of_documents
    inner join paid_payments
        on
            invoices_of_documents.invoice_id = paid_payments.invoice_id
            and invoices_of_documents.amount = paid_payments.amount
            and invoices_of_documents.currency = paid_payments.currency
            and {{ days_between('paid_payments.paid_date', 'invoices_of_documents.document_date') }} between -1 and 3
    left join partnered_late on paid_payments.payment_key = partnered_late.payment_key
    where partnered_late.payment_key is null
),

invoice_rivals as (
    select
        payment_key,
        count(*) as document_count
    from invoice_pairs
    group by payment_key
),

by_invoice_amount as (
    select
        invoice_pairs.document_id,
        'invoice_amount' as match_rule,
        {{ list_distinct('invoice_pairs.payment_key') }} as candidates,
        min(invoice_pairs.payment_key) as first_candidate,
        count(*) = 1 and max(invoice_rivals.document_count) = 1 as is_certain
    from invoice_pairs
    inner join invoice_rivals on invoice_pairs.payment_key = invoice_rivals.payment_key
    group by invoice_pairs.document_id
),

found as (
    select
        document_id,
        match_rule,
        case when is_certain then first_candidate end as payment_key,
        {{ null_text() }} as settlement_source_system,
        {{ null_text() }} as settlement_batch_id,
        not is_certain as is_ambiguous,
        case when is_certain then {{ empty_list() }} else candidates end as candidates
    from by_order_amount
    union all
    select
        document_id,
        match_rule,
        case when is_certain then first_candidate end as payment_key,
        {{ null_text() }} as settlement_source_system,
        {{ null_text() }} as settlement_batch_id,
        not is_certain as is_ambiguous,
        case when is_certain then {{ empty_list() }} else candidates end as candidates
    from by_invoice_amount
    union all
    select
        document_id,
        match_rule,
        payment_key,
        settlement_source_system,
        settlement_batch_id,
        is_ambiguous,
        candidates
    from erp_references
    union all
    select
        document_id,
        'payment_id' as match_rule,
        {{ null_text() }} as payment_key,
        {{ null_text() }} as settlement_source_system,
        {{ null_text() }} as settlement_batch_id,
        true as is_ambiguous,
        candidates
    from several_payment_ids
),

resolved as (
    select
        documents.*,
        case
            when documents.payment_id is not null then documents.payment_id
            when found.settlement_batch_id is not null then null
            else coalesce(found.payment_key, concat('erp:', documents.source_system, ':', documents.erp_document_id))
        end as payment_key,
        found.settlement_source_system,
        found.settlement_batch_id,
        case when documents.payment_id is not null then 'payment_id' else coalesce(found.match_rule, 'none') end as match_rule,
        coalesce(found.is_ambiguous, false) as is_ambiguous,
        coalesce(found.candidates, {{ empty_list() }}) as candidates
    from documents
    left join found on documents.document_id = found.document_id
)

select
    *,
    case
        when settlement_batch_id is not null then 'settlement'
        when is_ambiguous then 'unknown'
        when
            payment_id is not null
            or provider_reference is not null
            or document_type = 'customer_card_payment'
            or match_rule in ('order_amount', 'invoice_amount')
            then 'provider'
        else 'direct'
    end as channel
from resolved
