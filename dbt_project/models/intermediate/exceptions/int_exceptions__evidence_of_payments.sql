-- What each system said about payments, their refunds and orders, and single documents of them.
{{ config(materialized='view') }}

with

documents as (
    select
        document_id,
        payment_key,
        {{ null_text() }} as refund_key,
        document_state as state,
        amount,
        currency,
        event_at,
        _file_name,
        _row_number
    from {{ ref('int_identity__documents') }}
    union all
    select
        document_id,
        payment_key,
        {{ null_text() }} as refund_key,
        payment_status as state,
        amount,
        currency,
        updated_at as event_at,
        _file_name,
        _row_number
    from {{ ref('int_payments__deals') }}
    union all
    select
        provider_refunds.document_id,
        provider_refunds.payment_key,
        sides.refund_key,
        provider_refunds.provider_state as state,
        provider_refunds.amount,
        provider_refunds.currency,
        coalesce(provider_refunds.refunded_at, provider_refunds.created_at) as event_at,
        provider_refunds._file_name,
        provider_refunds._row_number
    from {{ ref('int_refunds__provider_refunds') }} as provider_refunds
    inner join {{ ref('int_refunds__sides') }} as sides on provider_refunds.document_id = sides.provider_document_id
    union all
    select
        erp_refunds.document_id,
        posted_refunds.payment_key,
        sides.refund_key,
        case when erp_refunds.posted then 'posted' else 'unposted' end as state,
        erp_refunds.amount,
        erp_refunds.currency,
        erp_refunds.document_date as event_at,
        erp_refunds._file_name,
        erp_refunds._row_number
    from (
        select
            *,
            {{ document_id('erp.refunds', 'erp_document_id') }} as document_id
        from {{ ref('stg_erp__refunds') }}
        where not deleted
    ) as erp_refunds
    left join {{ ref('int_refunds__erp_refunds') }} as posted_refunds on erp_refunds.document_id = posted_refunds.document_id
    left join {{ ref('int_refunds__sides') }} as sides on erp_refunds.document_id = sides.erp_document_id
    union all
    select
        receipts.document_id,
        receipts.payment_key,
        links.refund_key,
        receipts.receipt_state as state,
        receipts.amount,
        receipts.currency,
        links.event_at,
        receipts._file_name,
        receipts._row_number
    from (
        select
            *,
            payment_id as payment_key
        from {{ ref('int_documents__fiscal_receipts') }}
        where
            receipt_type = 'refund'
            and settlement_kind = 'payment'
    ) as receipts
    inner join {{ ref('int_refunds__receipts') }} as links on receipts.document_id = links.document_id
    union all
    select
        document_id,
        payment_key,
        {{ null_text() }} as refund_key,
        status as state,
        amount,
        currency,
        closed_at as event_at,
        _file_name,
        _row_number
    from {{ ref('int_refunds__disputes') }}
),

orders as (
    select
        concat('website.orders:', source_system, ':', order_id) as document_id,
        order_id,
        status as state,
        amount,
        currency,
        coalesce(updated_at, created_at) as event_at,
        _file_name,
        _row_number
    from {{ ref('stg_website__orders') }}
),

documents_of_orders as (
    select
        payments.order_id,
        documents.*
    from {{ ref('int_payments__payments') }} as payments
    inner join documents on payments.payment_key = documents.payment_key
    where payments.order_id is not null
)

{{ evidence_rows('payment', 'documents', 'payment_key') }}

union all

{{ evidence_rows('refund', 'documents', 'refund_key') }}

union all

{{ evidence_rows('document', 'documents', 'document_id') }}

union all

{{ evidence_rows('order', 'orders', 'order_id') }}

union all

{{ evidence_rows('order', 'documents_of_orders', 'order_id') }}
