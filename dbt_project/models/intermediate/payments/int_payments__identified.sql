-- One row per payment: its legs side by side, the ids everyone gives it, the time it was paid (matching.md).
with

deals as (
    select * from {{ ref('stg_crm__deals') }}
),

grouped as (
    select
        payment_key,
        coalesce(min(case when is_leg then created_at end), min(created_at)) as created_at,
        max(case when match_rule = 'payment_id' and not is_ambiguous then 1 else 0 end) as has_payment_id,
        min(match_rule) as first_match_rule,
        max(match_rule) as last_match_rule,
        {{ any_row('is_ambiguous') }} as has_ambiguous_document,
        min(case when is_leg then 0 else 1 end) = 1 as is_without_leg
    from {{ ref('int_identity__documents') }}
    where payment_key is not null
    group by payment_key
),

-- Only few payments have documents of several rules; building every list costs more than all the rest.
several_rules as (
    select
        documents.payment_key,
        {{ list_distinct('documents.match_rule') }} as match_rules
    from grouped
    inner join {{ ref('int_identity__documents') }} as documents on grouped.payment_key = documents.payment_key
    where grouped.first_match_rule <> grouped.last_match_rule
    group by documents.payment_key
),

payment_keys as (
    select
        grouped.payment_key,
        grouped.created_at,
        grouped.has_payment_id,
        coalesce(several_rules.match_rules, {{ list_of('grouped.first_match_rule') }}) as match_rules,
        grouped.has_ambiguous_document,
        grouped.is_without_leg
    from grouped
    left join several_rules on grouped.payment_key = several_rules.payment_key
),

keys_of_deals as (
    select
        deals.payment_id as payment_key,
        min(deals.updated_at) as created_at,
        1 as has_payment_id,
        {{ empty_list() }} as match_rules,
        false as has_ambiguous_document,
        true as is_without_leg
    from deals
    left join payment_keys on deals.payment_id = payment_keys.payment_key
    where
        deals.payment_id is not null
        and payment_keys.payment_key is null
    group by deals.payment_id
),

all_keys as (
    select * from payment_keys
    union all
    select * from keys_of_deals
),

-- Of several requests each id is the first that names it.
requests as (
    select
        payment_id,
        max(case when order_rank = 1 then order_id end) as order_id,
        max(case when request_rank = 1 then invoice_id end) as invoice_id,
        max(case when customer_rank = 1 then customer_id end) as customer_id
    from (
        select
            *,
            row_number() over (partition by payment_id order by created_at, payment_request_id, source_system) as request_rank,
            row_number() over (
                partition by payment_id
                order by case when order_id is null then 1 else 0 end, created_at, payment_request_id, source_system
            ) as order_rank,
            row_number() over (
                partition by payment_id
                order by case when customer_id is null then 1 else 0 end, created_at, payment_request_id, source_system
            ) as customer_rank
        from {{ ref('stg_crm__payment_requests') }}
        where payment_id is not null
    ) as ranked
    group by payment_id
),

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

-- The invoice of an order, when it has exactly one that is neither draft nor cancelled.
invoices_of_orders as (
    select
        order_id,
        min(invoice_id) as invoice_id
    from invoices
    where
        order_id is not null
        and status not in ('draft', 'cancelled')
    group by order_id
    having count(*) = 1
),

orders as (
    select
        order_id,
        min(customer_id) as customer_id
    from {{ ref('stg_website__orders') }}
    group by order_id
),

named as (
    select
        all_keys.*,
        coalesce(provider.order_id, website.order_id, requests.order_id, erp.order_id) as order_id,
        coalesce(provider.invoice_id, website.invoice_id, requests.invoice_id, erp.invoice_id) as invoice_id,
        coalesce(requests.customer_id, erp.customer_id) as customer_id,
        erp.customer_tax_id,
        ---------- provider
        coalesce(provider.provider_state, 'absent') as provider_state,
        provider.provider_amount,
        provider.greatest_paid_amount,
        provider.pending_amount as provider_pending_amount,
        provider.fee_amount,
        provider.currency as provider_currency,
        coalesce(provider.currency_count, 0) as provider_currency_count,
        coalesce(provider.paid_count, 0) as provider_paid_count,
        coalesce(provider.settled_count, 0) as settled_count,
        provider.settlement_batch_id,
        provider.source_system as provider_source_system,
        provider.paid_at as provider_paid_at,
        provider.last_paid_at as provider_last_paid_at,
        provider.pending_since as provider_pending_since,
        provider.failed_at as provider_failed_at,
        coalesce(provider.is_booked_in_batch, false) as is_booked_in_batch,
        ---------- website
        coalesce(website.website_state, 'absent') as website_state,
        website.status_source,
        website.website_amount,
        website.currency as website_currency,
        website.paid_at as website_paid_at,
        website.created_at as website_created_at,
        ---------- ERP
        case
            when erp.erp_state = 'posted' then 'posted'
            when provider.provider_state = 'paid' and provider.is_booked_in_batch then 'posted_in_batch'
            else coalesce(erp.erp_state, 'absent')
        end as erp_state,
        erp.erp_amount,
        erp.direct_amount,
        coalesce(erp.posted_count, 0) as erp_posted_count,
        coalesce(erp.direct_count, 0) as erp_direct_count,
        coalesce(erp.provider_count, 0) as erp_provider_count,
        erp.currency as erp_currency,
        coalesce(erp.currency_count, 0) as erp_currency_count,
        erp.erp_document_date,
        erp.direct_paid_at,
        erp.last_document_date as erp_last_document_date,
        erp.last_changed_at as erp_last_changed_at,
        ---------- fiscal
        fiscal.fiscal_state,
        fiscal.fiscal_amount,
        coalesce(fiscal.success_count, 0) as receipt_success_count,
        fiscal.currency as fiscal_currency,
        coalesce(fiscal.currency_count, 0) as fiscal_currency_count,
        fiscal.registered_at as receipt_registered_at,
        fiscal.last_registered_at as receipt_last_registered_at,
        fiscal.latest_created_at as receipt_latest_created_at,
        fiscal.latest_error as receipt_latest_error
    from all_keys
    left join {{ ref('int_payments__provider_leg') }} as provider on all_keys.payment_key = provider.payment_key
    left join {{ ref('int_payments__website_leg') }} as website on all_keys.payment_key = website.payment_key
    left join {{ ref('int_payments__erp_leg') }} as erp on all_keys.payment_key = erp.payment_key
    left join {{ ref('int_payments__fiscal_leg') }} as fiscal on all_keys.payment_key = fiscal.payment_key
    left join requests on all_keys.payment_key = requests.payment_id
),

-- What nobody says outright follows from the order's only invoice, or from the invoice.
derived as (
    select
        named.*,
        coalesce(named.order_id, invoices.order_id) as full_order_id,
        coalesce(named.invoice_id, invoices_of_orders.invoice_id) as full_invoice_id
    from named
    left join invoices on named.invoice_id = invoices.invoice_id
    left join invoices_of_orders on named.order_id = invoices_of_orders.order_id
)

select
    ---------- ids
    derived.payment_key,
    case when derived.has_payment_id = 1 then derived.payment_key end as payment_id,
    derived.full_order_id as order_id,
    derived.full_invoice_id as invoice_id,
    coalesce(derived.customer_id, orders.customer_id, invoices.customer_id) as customer_id,
    derived.customer_tax_id,
    ---------- documents
    derived.match_rules,
    derived.has_ambiguous_document,
    derived.is_without_leg,
    ---------- provider
    derived.provider_state,
    derived.provider_amount,
    derived.greatest_paid_amount,
    derived.provider_pending_amount,
    derived.fee_amount,
    derived.provider_currency,
    derived.provider_currency_count,
    derived.provider_paid_count,
    derived.settled_count,
    derived.settlement_batch_id,
    derived.provider_source_system,
    derived.provider_paid_at,
    derived.provider_last_paid_at,
    derived.provider_pending_since,
    derived.provider_failed_at,
    ---------- website
    derived.website_state,
    derived.status_source,
    derived.website_amount,
    derived.website_currency,
    derived.website_paid_at,
    ---------- ERP
    derived.erp_state,
    derived.erp_amount,
    derived.direct_amount,
    derived.erp_posted_count,
    derived.erp_direct_count,
    derived.erp_provider_count,
    derived.erp_currency,
    derived.erp_currency_count,
    derived.erp_document_date,
    derived.direct_paid_at,
    derived.erp_last_document_date,
    derived.erp_last_changed_at,
    ---------- fiscal
    derived.fiscal_state,
    derived.fiscal_amount,
    derived.receipt_success_count,
    derived.fiscal_currency,
    derived.fiscal_currency_count,
    derived.receipt_registered_at,
    derived.receipt_last_registered_at,
    derived.receipt_latest_created_at,
    derived.receipt_latest_error,
    ---------- whole
    coalesce(
        derived.provider_currency, derived.website_currency, derived.erp_currency, derived.fiscal_currency
    ) as currency,
    derived.created_at,
    coalesce(derived.provider_paid_at, derived.direct_paid_at) as paid_at,
    {{ business_date('coalesce(derived.provider_paid_at, derived.direct_paid_at, derived.created_at)') }} as business_date
from derived
left join orders on derived.full_order_id = orders.order_id
left join invoices on derived.full_invoice_id = invoices.invoice_id
