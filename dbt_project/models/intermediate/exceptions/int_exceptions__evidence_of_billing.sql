-- What platforms, accounting and the CRM said about postpaid invoices, exported documents and billing payments.
{{ config(materialized='view') }}

with

platform_invoices as (
    select
        concat(source_system, ':', platform_invoice_id) as postpaid_invoice_id,
        {{ document_id('billing.invoices', 'platform_invoice_id') }} as document_id,
        account_id,
        billing_period_start,
        concat(
            status,
            case
                when external_total is null and external_currency is null then ''
                else concat(', external total ', {{ money_text('coalesce(external_total, amount)', 'coalesce(external_currency, currency)') }})
            end,
            case
                when coalesce(blocked_charges_amount, 0) = 0 then ''
                else concat(', blocked ', {{ money_text('blocked_charges_amount', 'currency') }})
            end
        ) as state,
        amount,
        currency,
        coalesce(closed_at, updated_at, {{ end_of_date('billing_period_start') }}) as event_at,
        _file_name,
        _row_number
    from {{ ref('stg_billing__invoices') }}
),

payments as (
    select
        concat(source_system, ':', platform_payment_id) as billing_payment_id,
        concat(source_system, ':', platform_invoice_id) as postpaid_invoice_id,
        {{ document_id('billing.payments', 'platform_payment_id') }} as document_id,
        kind,
        concat(
            status,
            case when due_date is null then '' else concat(', due ', due_date) end,
            case when personal_account is null then '' else concat(', account ', personal_account) end
        ) as state,
        amount,
        currency,
        coalesce(paid_at, updated_at, created_at) as event_at,
        _file_name,
        _row_number
    from {{ ref('stg_billing__payments') }}
),

erp_invoices as (
    select
        {{ document_id('erp.invoices', 'erp_document_id') }} as document_id,
        account_id,
        billing_period_start,
        case when deleted then 'deleted' when posted then status else concat('unposted, ', status) end as state,
        amount,
        currency,
        coalesce(updated_at, issued_at) as event_at,
        _file_name,
        _row_number
    from {{ ref('stg_erp__invoices') }}
),

of_postpaid_invoices as (
    select
        subjects.postpaid_invoice_id,
        others.document_id,
        others.state,
        others.amount,
        others.currency,
        others.event_at,
        others._file_name,
        others._row_number
    from platform_invoices as subjects
    inner join platform_invoices as others
        on
            subjects.account_id = others.account_id
            and subjects.billing_period_start = others.billing_period_start
    union all
    select
        postpaid_invoice_id,
        document_id,
        state,
        amount,
        currency,
        event_at,
        _file_name,
        _row_number
    from payments
    where kind = 'postpaid'
    union all
    select
        platform_invoices.postpaid_invoice_id,
        erp_invoices.document_id,
        erp_invoices.state,
        erp_invoices.amount,
        erp_invoices.currency,
        erp_invoices.event_at,
        erp_invoices._file_name,
        erp_invoices._row_number
    from platform_invoices
    inner join erp_invoices
        on
            platform_invoices.account_id = erp_invoices.account_id
            and platform_invoices.billing_period_start = erp_invoices.billing_period_start
),

links as (
    select
        billing_payment_id,
        source_system,
        personal_account,
        document_id
    from {{ ref('int_billing__payments') }}
),

erp_payments as (
    select
        document_id,
        source_system,
        erp_document_id,
        contract_id,
        case when is_deleted then 'deleted' when is_posted then 'posted' else 'unposted' end as state,
        amount,
        currency,
        document_date as event_at,
        _file_name,
        _row_number
    from {{ ref('int_documents__erp_payments') }}
),

contracts as (
    select
        *,
        row_number() over (partition by contract_id order by source_system) as contract_rank
    from {{ ref('stg_crm__contracts') }}
),

export_ids as (
    select
        subjects.exception_id,
        subjects.subject_id
    from {{ ref('int_exceptions__subjects') }} as subjects
    inner join {{ ref('exception_types') }} as types
        on subjects.exception_id = {{ exception_id('types.exception_code', "'document'", 'subjects.subject_id') }}
    where
        subjects.subject_type = 'document'
        and (types.exception_code like 'billing_%' or types.exception_code = 'contract_without_personal_account')
),

-- The ERP document itself is told among the payments; a change in billing is no news to what else is said of it.
of_exports as (
    select
        export_ids.exception_id,
        payments.document_id,
        payments.state,
        payments.amount,
        payments.currency,
        payments.event_at,
        payments._file_name,
        payments._row_number
    from export_ids
    inner join links on export_ids.subject_id = links.document_id
    inner join payments on links.billing_payment_id = payments.billing_payment_id
    union all
    select
        export_ids.exception_id,
        concat('erp.export_queue:', queue.source_system, ':', queue.erp_document_id) as document_id,
        'queued' as state,
        cast(null as decimal(19, 4)) as amount,
        {{ null_text() }} as currency,
        queue.queued_at as event_at,
        queue._file_name,
        queue._row_number
    from export_ids
    inner join {{ ref('stg_erp__export_queue') }} as queue
        on export_ids.subject_id = concat('erp.payments:', queue.source_system, ':', {{ whole_document_id('queue.erp_document_id') }})
    union all
    select
        export_ids.exception_id,
        concat('crm.contracts:', contracts.source_system, ':', contracts.contract_id) as document_id,
        case when contracts.personal_account is null then 'no account' else concat('account ', contracts.personal_account) end as state,
        cast(null as decimal(19, 4)) as amount,
        {{ null_text() }} as currency,
        coalesce(contracts.updated_at, {{ end_of_date('contracts.valid_from') }}) as event_at,
        contracts._file_name,
        contracts._row_number
    from export_ids
    inner join erp_payments on export_ids.subject_id = erp_payments.document_id
    inner join contracts
        on
            erp_payments.contract_id = contracts.contract_id
            and contracts.contract_rank = 1
),

of_billing_payments as (
    select
        billing_payment_id,
        document_id,
        state,
        amount,
        currency,
        event_at,
        _file_name,
        _row_number
    from payments
    union all
    select
        links.billing_payment_id,
        erp_payments.document_id,
        erp_payments.state,
        erp_payments.amount,
        erp_payments.currency,
        erp_payments.event_at,
        erp_payments._file_name,
        erp_payments._row_number
    from links
    inner join erp_payments on links.document_id = erp_payments.document_id
    union all
    select
        links.billing_payment_id,
        concat('billing.accounts:', accounts.source_system, ':', accounts.personal_account) as document_id,
        case when accounts.is_active then 'active' else 'not active' end as state,
        cast(null as decimal(19, 4)) as amount,
        {{ null_text() }} as currency,
        coalesce(accounts.updated_at, {{ end_of_date('accounts._extract_date') }}) as event_at,
        accounts._file_name,
        accounts._row_number
    from links
    inner join {{ ref('stg_billing__accounts') }} as accounts
        on
            links.source_system = accounts.source_system
            and links.personal_account = accounts.personal_account
)

{{ evidence_rows('postpaid_invoice', 'of_postpaid_invoices', 'postpaid_invoice_id') }}

union all

{{ evidence_rows('billing_payment', 'of_billing_payments', 'billing_payment_id') }}

union all

select
    exception_id,
    document_id,
    state,
    cast(amount as decimal(19, 4)) as amount,
    currency,
    event_at,
    _file_name as file_name,
    _row_number as row_number
from of_exports
