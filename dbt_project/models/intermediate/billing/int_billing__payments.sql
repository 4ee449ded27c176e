-- Payments to personal accounts that are not cancelled, each with the one ERP document it comes from and the account it went to.
with

payments as (
    select
        *,
        {{ whole_document_id('erp_document_id') }} as whole_document_id
    from {{ ref('stg_billing__payments') }}
    where
        kind = 'account'
        and status <> 'cancelled'
),

named_documents as (
    select distinct whole_document_id from payments
    where whole_document_id is not null
),

-- One id in several ERP systems: money counts once, for the posted document of a type that is exported.
documents as (
    select
        documents.document_id,
        documents.erp_document_id,
        documents.is_posted,
        documents.is_deleted,
        row_number() over (
            partition by documents.erp_document_id
            order by
                case when documents.is_posted then 0 else 1 end,
                case when documents.is_deleted then 1 else 0 end,
                case when methods.document_type is null then 1 else 0 end,
                documents.source_system
        ) as document_rank
    from {{ ref('int_documents__erp_payments') }} as documents
    inner join named_documents on documents.erp_document_id = named_documents.whole_document_id
    left join {{ ref('billing_methods') }} as methods on documents.document_type = methods.document_type
)

select
    ---------- ids
    concat(payments.source_system, ':', payments.platform_payment_id) as billing_payment_id,
    payments.source_system,
    payments.platform_payment_id,
    documents.document_id,
    payments.whole_document_id as erp_document_id,
    payments.personal_account,
    accounts.customer_id,
    payments.payer_tax_id,
    payments.organisation_tax_id,
    payments.method_name,
    ---------- states
    payments.status,
    case
        when documents.document_id is null then 'unknown'
        when documents.is_deleted then 'deleted'
        when documents.is_posted then 'posted'
        else 'unposted'
    end as document_state,
    accounts.is_active as is_account_active,
    ---------- amounts
    payments.amount,
    payments.currency,
    ---------- times
    payments.created_at,
    coalesce(payments.paid_at, payments.updated_at, payments.created_at) as paid_at,
    accounts.updated_at as account_updated_at,
    ---------- source
    payments._file_name,
    payments._row_number
from payments
left join documents
    on
        payments.whole_document_id = documents.erp_document_id
        and documents.document_rank = 1
left join {{ ref('stg_billing__accounts') }} as accounts
    on
        payments.source_system = accounts.source_system
        and payments.personal_account = accounts.personal_account
