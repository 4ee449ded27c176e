-- One row per ERP payment document: whether personal-account billing should have it, has it, and has it right.
with

exports as (
    select * from {{ ref('int_billing__exports') }}
),

-- Most documents have nothing to do with billing: they pass by without being judged.
others as (
    select documents.*
    from {{ ref('int_documents__erp_payments') }} as documents
    left join exports on documents.document_id = exports.document_id
    where exports.document_id is null
),

export_codes as (
    select distinct exception_code from {{ ref('int_exceptions__export_candidates') }}
),

-- What is wrong with a billing payment is wrong with the export of its document.
mismatched as (
    select distinct coalesce(payments.document_id, codes.subject_id) as document_id
    from {{ ref('int_exceptions__life') }} as codes
    inner join export_codes on codes.exception_code = export_codes.exception_code
    left join {{ ref('int_billing__payments') }} as payments
        on
            codes.subject_type = 'billing_payment'
            and codes.subject_id = payments.billing_payment_id
    where
        codes.as_of_date = {{ as_of_date() }}
        and codes.state in ('open', 'snoozed')
        and codes.exception_class = 'mismatch'
),

-- Nothing is missing in a billing platform that no feed supplies.
billing as (
    select not is_silent as is_configured
    from {{ ref('int_coverage__rules') }}
    where exception_code = 'billing_payment_missing'
)

select
    ---------- document
    exports.document_id,
    exports.contract_id,
    exports.document_type,
    exports.amount,
    exports.currency,
    exports.is_posted,
    ---------- queue
    exports.is_queued,
    exports.queued_at,
    exports.attempts,
    exports.last_error,
    ---------- billing
    exports.platform_payment_id,
    exports.billing_amount,
    exports.billing_status,
    exports.personal_account,
    exports.expected_account,
    ---------- judgement
    case
        when exports.is_queued then 'queued'
        when mismatched.document_id is not null then 'mismatched'
        when exports.billing_count > 0 then 'exported'
        when exports.is_in_scope and exports.is_posted and billing.is_configured then 'missing'
        else 'not_in_scope'
    end as export_status,
    {{ as_of_date() }} as as_of_date
from exports
cross join billing
left join mismatched on exports.document_id = mismatched.document_id

union all

select
    ---------- document
    document_id,
    contract_id,
    document_type,
    amount,
    currency,
    is_posted,
    ---------- queue
    false as is_queued,
    cast(null as timestamp) as queued_at,
    cast(null as bigint) as attempts,
    {{ null_text() }} as last_error,
    ---------- billing
    {{ null_text() }} as platform_payment_id,
    cast(null as decimal(19, 4)) as billing_amount,
    {{ null_text() }} as billing_status,
    {{ null_text() }} as personal_account,
    {{ null_text() }} as expected_account,
    ---------- judgement
    'not_in_scope' as export_status,
    {{ as_of_date() }} as as_of_date
from others
