-- Postpaid invoices whose platform, payment and ERP invoice tell different stories (exceptions.md, Postpaid invoices).
with

invoices as (
    select * from {{ ref('int_billing__postpaid_invoices') }}
),

{# ---------- sentences -#}
{% set invoice = "concat('Platform invoice of ', " ~ money_text('amount', 'currency') ~ ", ' (account ', account_id, ', from ', billing_period_start, ')'" %}
{% set payment_of = "concat('Payment ', platform_payment_id, ' of ', " ~ money_text('amount', 'currency') %}
{% set erp_invoice = "concat('ERP invoice of ', " ~ money_text('erp_amount', 'erp_currency') %}

candidates as (

    {{ candidate(
        'blocked_charges_open', from='invoices', where="blocked_charges_amount > 0",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at=end_of_date('billing_period_end'), amount='amount',
        reason=invoice ~ ", ' has blocked charges of ', " ~ money_text('blocked_charges_amount', 'currency') ~ ", ' after the period')"
    ) }}

    union all

    {{ candidate(
        'postpay_invoice_not_closed', from='invoices', where="platform_status = 'open'",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at=end_of_date(add_days('billing_period_end', 2)), amount='amount',
        reason=invoice ~ ", ' is still open, its period ended on ', billing_period_end)"
    ) }}

    union all

    {{ candidate(
        'postpay_payment_missing', from='invoices', where="platform_status = 'closed' and platform_payment_id is null",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        grace='postpay_completion', event_at='closed_at', amount='amount',
        reason=invoice ~ ", ' is closed and has no payment')"
    ) }}

    union all

    {{ candidate(
        'postpay_invoice_unmatched', from='invoices', where="platform_status = 'closed' and erp_count = 0",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        grace='postpay_approval', event_at='closed_at', amount='amount',
        reason=invoice ~ ", ' is closed, ERP has no posted invoice of that account and period')"
    ) }}

    union all

    {{ candidate(
        'postpay_invoice_ambiguous', from='invoices',
        where="platform_status = 'closed' and (platform_count >= 2 or erp_count >= 2)",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at='compared_at', amount='amount',
        reason=invoice ~ ", ': ', platform_count, ' on the platform, ', erp_count, ' in ERP for that account and period')"
    ) }}

    union all

    {{ candidate(
        'postpay_not_approved', from='invoices',
        where="platform_status = 'closed' and is_matched and platform_payment_id is not null
        and due_date is null and payment_status <> 'completed'",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        grace='postpay_approval', event_at='closed_at', amount='amount',
        reason=payment_of ~ ", ' is ', payment_status, ' without a due date, though ERP has the invoice')"
    ) }}

    union all

    {{ candidate(
        'postpay_completed_without_approval', from='invoices', where="payment_status = 'completed' and due_date is null",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at='paid_at', amount='amount',
        reason=payment_of ~ ", ' is completed without ever having had a due date')"
    ) }}

    union all

    {{ candidate(
        'postpay_external_total_mismatch', from='invoices',
        where="is_matched and (abs(erp_amount - due_amount) > tolerance or erp_currency <> due_currency)",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at='compared_at', amount='abs(erp_amount - due_amount)', currency='due_currency',
        reason=erp_invoice ~ ", ', platform total ', " ~ money_text('due_amount', 'due_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'postpay_balance_payment_forbidden', from='invoices',
        where="payment_status = 'completed' and lower(payment_method) = 'balance'
        and (abs(due_amount - amount) > tolerance or due_currency <> currency)",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at='greatest(closed_at, paid_at)', amount='amount',
        reason=payment_of ~ ", ' was taken from the balance, the external total is ', " ~ money_text('due_amount', 'due_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'postpay_paid_not_completed', from='invoices',
        where="is_matched and erp_status = 'closed' and platform_payment_id is not null and payment_status <> 'completed'",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        grace='postpay_completion', event_at='erp_changed_at', amount='amount',
        reason=erp_invoice ~ ", ' is closed, payment ', platform_payment_id, ' is ', payment_status)"
    ) }}

    union all

    {{ candidate(
        'postpay_completed_not_paid', from='invoices',
        where="is_matched and erp_status = 'open' and payment_status = 'completed'",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        grace='postpay_completion', event_at='paid_at', amount='amount',
        reason=payment_of ~ ", ' is completed, the ERP invoice of ', " ~ money_text('erp_amount', 'erp_currency') ~ ", ' is open')"
    ) }}

    union all

    {{ candidate(
        'postpay_overdue', from='invoices', where="payment_status in ('waiting', 'pending') and due_date is not null",
        subject='postpaid_invoice', id='postpaid_invoice_id', payment_key=null_text(),
        event_at=end_of_date('due_date'), amount='amount',
        reason=payment_of ~ ", ' is ', payment_status, ', it was due on ', due_date)"
    ) }}
)

select * from candidates
