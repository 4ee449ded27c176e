-- What each system said about the subject of each exception, as one JSON text in time order, with file and row.
with

detected as (
    select * from {{ ref('int_exceptions__detected') }}
),

documents as (
    select
        document_id,
        payment_key,
        {{ null_text() }} as refund_key,
        document_state as state,
        amount,
        currency,
        event_at,
        _file_name as file_name,
        _row_number as row_number
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
        _file_name as file_name,
        _row_number as row_number
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
        provider_refunds._file_name as file_name,
        provider_refunds._row_number as row_number
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
        erp_refunds._file_name as file_name,
        erp_refunds._row_number as row_number
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
        receipts._file_name as file_name,
        receipts._row_number as row_number
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
        _file_name as file_name,
        _row_number as row_number
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
        _file_name as file_name,
        _row_number as row_number
    from {{ ref('stg_website__orders') }}
),

files as (
    select
        concat(feed, ':', extract_date) as subject_id,
        concat(file_name, ' #', delivery) as document_id,
        coalesce(refusal_reason, concat(rows_rejected, ' of ', rows_read, ' rows rejected')) as state,
        {{ start_of_date('extract_date') }} as event_at,
        file_name
    from {{ source('ops', 'load_log') }}
    where
        extract_date <= {{ as_of_date() }}
        and (outcome = 'refused' or rows_rejected > 0)
),

said as (
    select
        detected.exception_id,
        documents.document_id,
        documents.state,
        documents.amount,
        documents.currency,
        documents.event_at,
        documents.file_name,
        documents.row_number
    from detected
    inner join documents on detected.subject_id = documents.payment_key
    where detected.subject_type = 'payment'
    union all
    select
        detected.exception_id,
        documents.document_id,
        documents.state,
        documents.amount,
        documents.currency,
        documents.event_at,
        documents.file_name,
        documents.row_number
    from detected
    inner join documents on detected.subject_id = documents.refund_key
    where detected.subject_type = 'refund'
    union all
    select
        detected.exception_id,
        documents.document_id,
        documents.state,
        documents.amount,
        documents.currency,
        documents.event_at,
        documents.file_name,
        documents.row_number
    from detected
    inner join documents on detected.subject_id = documents.document_id
    where detected.subject_type = 'document'
    union all
    select
        detected.exception_id,
        documents.document_id,
        documents.state,
        documents.amount,
        documents.currency,
        documents.event_at,
        documents.file_name,
        documents.row_number
    from detected
    inner join {{ ref('int_payments__payments') }} as payments on detected.subject_id = payments.order_id
    inner join documents on payments.payment_key = documents.payment_key
    where detected.subject_type = 'order'
    union all
    select
        detected.exception_id,
        orders.document_id,
        orders.state,
        orders.amount,
        orders.currency,
        orders.event_at,
        orders.file_name,
        orders.row_number
    from detected
    inner join orders on detected.subject_id = orders.order_id
    where detected.subject_type = 'order'
    union all
    select
        detected.exception_id,
        files.document_id,
        files.state,
        cast(null as decimal(19, 4)) as amount,
        {{ null_text() }} as currency,
        files.event_at,
        files.file_name,
        cast(null as bigint) as row_number
    from detected
    inner join files on detected.subject_id = files.subject_id
    where detected.subject_type = 'feed'
)

select
    exception_id,
    concat('[', {{ join_texts(
        json_object_text({
            'document': 'document_id',
            'state': 'state',
            'amount': 'cast(amount as ' ~ dbt.type_string() ~ ')',
            'currency': 'currency',
            'at': 'cast(event_at as ' ~ dbt.type_string() ~ ')',
            'file': 'file_name',
            'row': 'row_number',
        }), ',', "concat(cast(event_at as " ~ dbt.type_string() ~ "), ' ', document_id)"
    ) }}, ']') as evidence
from said
group by exception_id
