-- ERP payment documents that personal-account billing should have, has, or waits for in the export queue; parts are one document.
with

billing_payments as (
    select
        document_id,
        source_system,
        platform_payment_id,
        personal_account,
        status,
        amount,
        currency,
        row_number() over (
            partition by document_id
            order by created_at desc, source_system, platform_payment_id desc
        ) as payment_rank
    from {{ ref('int_billing__payments') }}
    where document_id is not null
),

-- What billing credited in all; of several payments the one created last shows its id, status and account.
billed as (
    select
        document_id,
        count(*) as billing_count,
        cast(case when count(distinct currency) = 1 then sum(amount) end as decimal(19, 4)) as billing_amount,
        min(currency) as billing_currency,
        max(case when payment_rank = 1 then platform_payment_id end) as platform_payment_id,
        max(case when payment_rank = 1 then status end) as billing_status,
        max(case when payment_rank = 1 then personal_account end) as personal_account
    from billing_payments
    group by document_id
),

-- Of the parts of one document the one queued first speaks.
queue as (
    select
        *,
        row_number() over (
            partition by source_system, whole_document_id
            order by queued_at, erp_document_id
        ) as queue_rank
    from (
        select
            *,
            {{ whole_document_id('erp_document_id') }} as whole_document_id
        from {{ ref('stg_erp__export_queue') }}
    ) as queued_rows
),

queued as (
    select
        concat('erp.payments:', source_system, ':', whole_document_id) as document_id,
        source_system,
        whole_document_id as erp_document_id,
        queued_at,
        attempts,
        last_error
    from queue
    where queue_rank = 1
),

contracts as (
    select
        *,
        row_number() over (partition by contract_id order by source_system) as contract_rank
    from {{ ref('stg_crm__contracts') }}
),

documents as (
    select
        documents.document_id,
        documents.payment_key,
        documents.source_system,
        documents.erp_document_id,
        documents.order_id,
        documents.invoice_id,
        documents.customer_id,
        documents.contract_id,
        documents.document_type,
        documents.is_posted,
        documents.is_deleted,
        documents.customer_tax_id,
        documents.organisation_tax_id,
        documents.amount,
        documents.currency,
        documents.has_several_currencies,
        documents.document_date,
        documents.updated_at,
        contracts.contract_id is not null as is_contract_known,
        contracts.personal_account as expected_account,
        contracts.updated_at as contract_updated_at,
        methods.method_name as expected_method,
        methods.document_type is not null
        and (contracts.personal_account is not null or queued.document_id is not null) as is_in_scope
    from {{ ref('int_identity__erp_payments') }} as documents
    left join {{ ref('billing_methods') }} as methods on documents.document_type = methods.document_type
    left join contracts
        on
            documents.contract_id = contracts.contract_id
            and contracts.contract_rank = 1
    left join queued on documents.document_id = queued.document_id
    left join billed on documents.document_id = billed.document_id
    where
        (methods.document_type is not null and contracts.personal_account is not null)
        or queued.document_id is not null
        or billed.document_id is not null
)

select
    ---------- ids
    coalesce(documents.document_id, queued.document_id) as document_id,
    documents.payment_key,
    coalesce(documents.source_system, queued.source_system) as source_system,
    coalesce(documents.erp_document_id, queued.erp_document_id) as erp_document_id,
    documents.order_id,
    documents.invoice_id,
    documents.customer_id,
    documents.contract_id,
    documents.customer_tax_id,
    documents.organisation_tax_id,
    ---------- states
    documents.document_type,
    coalesce(documents.is_posted, false) as is_posted,
    coalesce(documents.is_contract_known, false) as is_contract_known,
    coalesce(documents.is_in_scope, false) as is_in_scope,
    queued.document_id is not null as is_queued,
    queued.attempts,
    queued.last_error,
    ---------- amounts
    documents.amount,
    documents.currency,
    coalesce(documents.has_several_currencies, false) as has_several_currencies,
    ---------- what billing says, and should
    coalesce(billed.billing_count, 0) as billing_count,
    billed.platform_payment_id,
    billed.billing_amount,
    billed.billing_currency,
    billed.billing_status,
    billed.personal_account,
    documents.expected_account,
    documents.expected_method,
    ---------- times
    queued.queued_at,
    greatest(documents.document_date, coalesce(documents.updated_at, documents.document_date)) as changed_at,
    documents.contract_updated_at
from documents
full outer join queued on documents.document_id = queued.document_id
left join billed on documents.document_id = billed.document_id
