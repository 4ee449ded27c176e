-- Guards against an exception about nothing, and against a rule without a time to be judged by.
with

subjects as (
    select 'payment' as subject_type, payment_key as subject_id from {{ ref('fct_payment_reconciliation') }}
    union all
    select 'refund' as subject_type, refund_key as subject_id from {{ ref('fct_refund_reconciliation') }}
    union all
    select 'order' as subject_type, order_id as subject_id from {{ ref('int_payments__orders') }}
    union all
    select 'document' as subject_type, document_id as subject_id from {{ ref('fct_document_links') }}
    union all
    select 'document' as subject_type, document_id as subject_id from {{ ref('int_documents__fiscal_receipts') }}
    where receipt_type = 'refund'
    union all
    select 'document' as subject_type, concat('erp.refunds:', source_system, ':', erp_document_id) as subject_id
    from {{ ref('stg_erp__refunds') }}
    union all
    select 'decision' as subject_type, subject_id from {{ ref('int_decisions__decisions') }}
    union all
    select 'postpaid_invoice' as subject_type, concat(source_system, ':', platform_invoice_id) as subject_id
    from {{ ref('fct_postpaid_invoices') }}
    union all
    select 'document' as subject_type, document_id as subject_id from {{ ref('int_billing__exports') }}
    union all
    select 'billing_payment' as subject_type, concat(source_system, ':', platform_payment_id) as subject_id
    from {{ ref('stg_billing__payments') }}
    union all
    select 'document' as subject_type, document_id as subject_id from {{ ref('int_settlement__bank_lines') }}
    union all
    select 'order' as subject_type, order_id as subject_id from {{ ref('stg_website__orders') }}
    union all
    select 'payout' as subject_type, concat(source_system, ':', settlement_batch_id) as subject_id
    from {{ ref('fct_settlement_reconciliation') }}
    union all
    select 'dispute' as subject_type, concat(source_system, ':', dispute_id) as subject_id from {{ ref('stg_provider__disputes') }}
    union all
    select 'invoice' as subject_type, invoice_id as subject_id from {{ ref('int_ledger__invoices') }}
    union all
    select 'delivery' as subject_type, concat(source_system, ':', delivery_id) as subject_id from {{ ref('stg_warehouse__deliveries') }}
    union all
    select 'reserve' as subject_type, concat(source_system, ':', reserve_id) as subject_id from {{ ref('stg_warehouse__reserves') }}
    union all
    select 'approval' as subject_type, concat(source_system, ':', approval_id) as subject_id from {{ ref('stg_crm__approvals') }}
    union all
    select 'contract' as subject_type, concat(source_system, ':', contract_id) as subject_id from {{ ref('stg_crm__contracts') }}
    union all
    select 'payment_request' as subject_type, concat(source_system, ':', payment_request_id) as subject_id
    from {{ ref('stg_crm__payment_requests') }}
),

feeds as (
    select feed from {{ ref('int_coverage__feeds') }}
    union
    select feed from {{ source('ops', 'load_log') }}
)

select
    exceptions.exception_code,
    exceptions.subject_type,
    exceptions.subject_id
from {{ ref('fct_exceptions') }} as exceptions
left join subjects
    on
        exceptions.subject_type = subjects.subject_type
        and exceptions.subject_id = subjects.subject_id
left join feeds on exceptions.subject_id like concat(feeds.feed, ':____-__-__')
where
    exceptions.state <> 'auto_closed'
    and (
        (exceptions.subject_type = 'feed' and feeds.feed is null)
        or (exceptions.subject_type <> 'feed' and subjects.subject_id is null)
    )

union all

select
    exception_code,
    subject_type,
    subject_id
from {{ ref('int_exceptions__aged') }}
where
    event_at is null
    or is_beyond_grace is null
    or subject_id is null
