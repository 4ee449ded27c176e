-- One row per postpaid invoice with an amount: the platform's word, its payment's and the ERP invoice's, and in which status it is.
with

invoices as (
    select * from {{ ref('int_billing__postpaid_invoices') }}
),

open_codes as (
    select
        subject_id as postpaid_invoice_id,
        {{ any_row("exception_class = 'mismatch'") }} as has_mismatch,
        {{ any_row("exception_class = 'absent'") }} as has_absence
    from {{ ref('int_exceptions__detected') }}
    where subject_type = 'postpaid_invoice'
    group by subject_id
),

waiting as (
    select distinct subject_id as postpaid_invoice_id
    from {{ ref('int_exceptions__aged') }}
    where
        subject_type = 'postpaid_invoice'
        and makes_pending
        and not is_beyond_grace
)

select
    ---------- ids
    invoices.source_system,
    invoices.platform_invoice_id,
    invoices.account_id,
    invoices.billing_period_start,
    ---------- platform
    invoices.platform_status,
    invoices.amount,
    invoices.currency,
    invoices.external_total,
    invoices.external_currency,
    ---------- payment
    invoices.platform_payment_id,
    invoices.payment_status,
    invoices.due_date,
    ---------- ERP
    invoices.erp_document_id,
    invoices.erp_amount,
    invoices.erp_currency,
    invoices.erp_status,
    ---------- judgement
    case
        when open_codes.has_mismatch then 'mismatched'
        when open_codes.has_absence then 'missing'
        when waiting.postpaid_invoice_id is not null then 'pending'
        else 'matched'
    end as match_status,
    {{ as_of_date() }} as as_of_date
from invoices
left join open_codes on invoices.postpaid_invoice_id = open_codes.postpaid_invoice_id
left join waiting on invoices.postpaid_invoice_id = waiting.postpaid_invoice_id
