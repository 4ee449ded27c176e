-- Which payment each ERP payment document belongs to, by the rules in order; nothing is guessed.
with

documents as (
    select
        documents.*,
        decided.payment_key as decided_key,
        coalesce(decided.payment_key, documents.payment_id) as named_key
    from {{ ref('int_documents__erp_payments') }} as documents
    left join {{ ref('int_decisions__matches') }} as decided on documents.document_id = decided.document_id
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
        and documents.decided_key is null
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
        documents.named_key is null
        and not documents.has_several_payment_ids
        and documents.is_posted
        and erp_references.document_id is null
),

partnered_early as (
    select named_key as payment_key from documents
    where is_posted and named_key is not null
    union
    select erp_references.payment_key
    from erp_references
    inner join documents on erp_references.document_id = documents.document_id
    where documents.is_posted and erp_references.payment_key is not null
),

order_pairs as (
    {{ order_amount_pairs('remaining', 'paid_payments', 'partnered_early') }}
),

by_order_amount as (
    {{ mutually_unique('order_pairs', 'order_amount') }}
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

by_invoice_amount as (
    {{ mutually_unique('invoice_pairs', 'invoice_amount') }}
),

---------- rule 6 only suggests

still_remaining as (
    select remaining.*
    from remaining
    left join by_order_amount on remaining.document_id = by_order_amount.document_id
    left join by_invoice_amount on remaining.document_id = by_invoice_amount.document_id
    where
        by_order_amount.document_id is null
        and by_invoice_amount.document_id is null
),

partnered_last as (
    select payment_key from partnered_late
    union
    select first_candidate as payment_key from by_invoice_amount
    where is_certain
),

lonely_payments as (
    select paid_payments.*
    from paid_payments
    inner join (
        select distinct
            amount,
            currency
        from still_remaining
    ) as wanted
        on
            paid_payments.amount = wanted.amount
            and paid_payments.currency = wanted.currency
    left join partnered_last on paid_payments.payment_key = partnered_last.payment_key
    where partnered_last.payment_key is null
),

customers_of_payments as (
    select
        lonely_payments.payment_key,
        requests.customer_id
    from lonely_payments
    inner join {{ ref('stg_crm__payment_requests') }} as requests on lonely_payments.payment_key = requests.payment_id
    union
    select
        lonely_payments.payment_key,
        orders.customer_id
    from lonely_payments
    inner join {{ ref('stg_website__orders') }} as orders on lonely_payments.order_id = orders.order_id
    union
    select
        lonely_payments.payment_key,
        invoices.customer_id
    from lonely_payments
    inner join {{ ref('int_ledger__invoices') }} as invoices on lonely_payments.invoice_id = invoices.invoice_id
),

payments_of_customers as (
    select
        still_remaining.document_id,
        customers_of_payments.payment_key
    from still_remaining
    inner join customers_of_payments on still_remaining.customer_id = customers_of_payments.customer_id
    union
    select
        still_remaining.document_id,
        customers_of_payments.payment_key
    from still_remaining
    inner join {{ ref('stg_crm__customers') }} as customers on still_remaining.customer_tax_id = customers.tax_id
    inner join customers_of_payments on customers.customer_id = customers_of_payments.customer_id
),

-- An order or invoice that both sides know and that differ: no suggestion.
customer_pairs as (
    select
        documents.document_id,
        lonely_payments.payment_key
    from payments_of_customers
    inner join still_remaining as documents on payments_of_customers.document_id = documents.document_id
    inner join lonely_payments
        on
            payments_of_customers.payment_key = lonely_payments.payment_key
            and documents.amount = lonely_payments.amount
            and documents.currency = lonely_payments.currency
            and {{ days_between('lonely_payments.paid_date', business_date('documents.document_date')) }} between 0 and 3
    group by documents.document_id, lonely_payments.payment_key
    having
        (
            count(case when documents.order_id <> lonely_payments.order_id then 1 end) = 0
            or count(case when documents.order_id = lonely_payments.order_id then 1 end) > 0
        )
        and (
            count(case when documents.invoice_id <> lonely_payments.invoice_id then 1 end) = 0
            or count(case when documents.invoice_id = lonely_payments.invoice_id then 1 end) > 0
        )
),

by_customer_amount as (
    {{ mutually_unique('customer_pairs', 'customer_amount') }}
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
            when documents.named_key is not null then documents.named_key
            when found.settlement_batch_id is not null then null
            else coalesce(found.payment_key, concat('erp:', documents.source_system, ':', documents.erp_document_id))
        end as payment_key,
        found.settlement_source_system,
        found.settlement_batch_id,
        case
            when documents.decided_key is not null then 'manual_decision'
            when documents.payment_id is not null then 'payment_id'
            else coalesce(found.match_rule, 'none')
        end as match_rule,
        coalesce(found.is_ambiguous, false) as is_ambiguous,
        coalesce(found.candidates, {{ empty_list() }}) as candidates,
        case when by_customer_amount.is_certain then by_customer_amount.first_candidate end as suggested_payment_key
    from documents
    left join found on documents.document_id = found.document_id
    left join by_customer_amount on documents.document_id = by_customer_amount.document_id
)

select
    resolved.*,
    case
        when resolved.settlement_batch_id is not null then 'settlement'
        when resolved.is_ambiguous or resolved.suggested_payment_key is not null then 'unknown'
        when
            resolved.payment_id is not null
            or resolved.provider_reference is not null
            or resolved.document_type = 'customer_card_payment'
            or resolved.match_rule in ('order_amount', 'invoice_amount')
            or decided_legs.payment_key is not null
            then 'provider'
        else 'direct'
    end as channel
from resolved
left join {{ ref('int_payments__provider_leg') }} as decided_legs
    on
        resolved.decided_key = decided_legs.payment_key
