-- Verified money, line by line, with what it goes to: an invoice, an order without an invoice, or nothing yet.
with

payments as (
    select
        payment_key,
        invoice_id,
        order_id
    from {{ ref('int_payments__payments') }}
    where is_verified
),

split_documents as (
    select * from {{ ref('int_ledger__split_documents') }}
),

parts as (
    select
        concat('erp.payments:', source_system, ':', {{ whole_document_id('erp_document_id') }}) as document_id,
        erp_document_id as line_id,
        invoice_id,
        order_id,
        amount,
        currency
    from {{ ref('stg_erp__payments') }}
    where
        not deleted
        and {{ is_document_part('erp_document_id') }}
),

provider_payments as (
    select * from {{ ref('int_identity__provider_payments') }}
    where status = 'paid'
),

direct_documents as (
    select * from {{ ref('int_identity__erp_payments') }}
    where
        is_posted
        and channel = 'direct'
),

lines as (
    select
        provider_payments.document_id,
        '' as line_id,
        provider_payments.payment_key,
        payments.invoice_id,
        payments.order_id,
        provider_payments.amount,
        provider_payments.currency,
        provider_payments.paid_at as event_at
    from provider_payments
    inner join payments on provider_payments.payment_key = payments.payment_key
    left join split_documents on provider_payments.document_id = split_documents.provider_document_id
    where split_documents.provider_document_id is null

    union all

    select
        provider_payments.document_id,
        parts.line_id,
        provider_payments.payment_key,
        parts.invoice_id,
        coalesce(parts.order_id, payments.order_id) as order_id,
        parts.amount,
        provider_payments.currency,
        provider_payments.paid_at as event_at
    from provider_payments
    inner join payments on provider_payments.payment_key = payments.payment_key
    inner join split_documents on provider_payments.document_id = split_documents.provider_document_id
    inner join parts on split_documents.erp_document_id = parts.document_id

    union all

    select
        direct_documents.document_id,
        '' as line_id,
        direct_documents.payment_key,
        coalesce(direct_documents.invoice_id, payments.invoice_id) as invoice_id,
        coalesce(direct_documents.order_id, payments.order_id) as order_id,
        direct_documents.amount,
        direct_documents.currency,
        direct_documents.document_date as event_at
    from direct_documents
    inner join payments on direct_documents.payment_key = payments.payment_key
    where not direct_documents.is_split

    union all

    select
        direct_documents.document_id,
        parts.line_id,
        direct_documents.payment_key,
        parts.invoice_id,
        coalesce(parts.order_id, payments.order_id) as order_id,
        parts.amount,
        parts.currency,
        direct_documents.document_date as event_at
    from direct_documents
    inner join payments on direct_documents.payment_key = payments.payment_key
    inner join parts on direct_documents.document_id = parts.document_id
    where direct_documents.is_split
),

-- Whether the payment's request asks for a prepayment: the one for this invoice, else any of the payment.
requests as (
    select
        payment_id as payment_key,
        invoice_id,
        {{ any_row("kind = 'prepayment'") }} as is_prepayment
    from {{ ref('stg_crm__payment_requests') }}
    where payment_id is not null
    group by payment_id, invoice_id
),

requests_of_payments as (
    select
        payment_key,
        {{ any_row('is_prepayment') }} as is_prepayment
    from requests
    group by payment_key
)

select
    lines.document_id,
    lines.line_id,
    lines.payment_key,
    lines.invoice_id,
    lines.order_id,
    lines.amount,
    lines.currency,
    lines.event_at,
    coalesce(requests.is_prepayment, requests_of_payments.is_prepayment) as is_requested_as_prepayment,
    case
        when lines.invoice_id is null and lines.order_id is not null then 'order'
        when lines.invoice_id is null then 'unapplied'
        when invoices.invoice_id is null then 'unapplied'
        when invoices.currency <> lines.currency then 'unapplied'
        else 'invoice'
    end as applied_to,
    case
        when lines.invoice_id is null and lines.order_id is null then 'no_invoice_or_order'
        when lines.invoice_id is not null and invoices.invoice_id is null then 'unknown_invoice'
        when invoices.currency <> lines.currency then 'currency_differs'
    end as unapplied_reason
from lines
left join {{ ref('int_ledger__invoices') }} as invoices on lines.invoice_id = invoices.invoice_id
left join requests on lines.payment_key = requests.payment_key and lines.invoice_id = requests.invoice_id
left join requests_of_payments on lines.payment_key = requests_of_payments.payment_key
