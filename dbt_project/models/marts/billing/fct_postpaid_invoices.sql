-- One row per postpaid invoice with an amount: the platform's word, its payment's and the ERP invoice's, and in which status it is.
with

invoices as (
    select * from {{ ref('int_billing__postpaid_invoices') }}
),

judged as (
    {{ judged_subjects('postpaid_invoice') }}
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
    coalesce(judged.match_status, 'matched') as match_status,
    {{ as_of_date() }} as as_of_date
from invoices
left join judged on invoices.postpaid_invoice_id = judged.subject_id
