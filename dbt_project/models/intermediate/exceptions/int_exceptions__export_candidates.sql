-- Accounting documents that personal-account billing misses or holds differently (exceptions.md, Export of accounting documents).
with

exports as (
    select * from {{ ref('int_billing__exports') }}
),

payments as (
    select
        *,
        greatest(paid_at, coalesce(account_updated_at, paid_at)) as account_compared_at
    from {{ ref('int_billing__payments') }}
),

billing_tolerances as (
    select
        currency,
        cast(tolerance as decimal(19, 4)) as tolerance
    from {{ ref('tolerances') }}
    where leg = 'billing'
),

-- Each billing payment beside its document.
compared as (
    select
        exports.*,
        payments.platform_payment_id as compared_payment_id,
        payments.personal_account as credited_account,
        payments.payer_tax_id,
        payments.organisation_tax_id as credited_organisation,
        payments.method_name,
        payments.amount as credited_amount,
        payments.currency as credited_currency,
        coalesce(of_currency.tolerance, of_all.tolerance, 0) as tolerance,
        greatest(exports.changed_at, payments.paid_at) as compared_at,
        greatest(exports.changed_at, payments.paid_at, coalesce(exports.contract_updated_at, payments.paid_at)) as account_compared_at
    from exports
    inner join payments on exports.document_id = payments.document_id
    left join billing_tolerances as of_currency on exports.currency = of_currency.currency
    left join billing_tolerances as of_all on of_all.currency = '*'
),

duplicates as (
    select
        document_id,
        max(compared_at) as compared_at
    from compared
    where
        is_posted
        and not is_queued
        and billing_count >= 2
    group by document_id
),

duplicated as (
    select
        exports.*,
        duplicates.compared_at
    from exports
    inner join duplicates on exports.document_id = duplicates.document_id
),

{# ---------- sentences -#}
{% set erp_posted = "concat('ERP document of ', " ~ money_text('amount', 'currency') ~ ", '" %}
{% set of_amount = "case when amount is null then '' else concat(' of ', " ~ money_text('amount', 'currency') ~ ") end" %}
{% set queued = "concat('Document ', erp_document_id, " ~ of_amount ~ ", ' waits in the export queue" %}
{% set credited = "concat('Billing payment ', compared_payment_id, ' of ', " ~ money_text('credited_amount', 'credited_currency') ~ ", '" %}

candidates as (

    {{ candidate(
        'billing_payment_missing', from='exports',
        where="is_posted and is_in_scope and billing_count = 0 and not is_queued",
        subject='document', id='document_id', grace='billing_export', event_at='changed_at', amount='amount',
        reason=erp_posted ~ " is posted for personal account ', expected_account, ', billing has no payment of it and it is not queued')"
    ) }}

    union all

    {{ candidate(
        'billing_export_stuck', from='exports', where="is_queued",
        subject='document', id='document_id', grace='billing_export', event_at='queued_at', amount='amount',
        reason=queued ~ " after ', coalesce(attempts, 0), ' attempts', case when last_error is null then '' else concat(': ', last_error) end)"
    ) }}

    union all

    {{ candidate(
        'contract_without_personal_account', from='exports', where="is_queued and expected_account is null",
        subject='document', id='document_id', event_at='queued_at', amount='amount',
        reason=queued ~ ", its contract ', case when contract_id is null then '' else concat(contract_id, ' ') end,
            case when is_contract_known then 'has no personal account' else 'is unknown' end)"
    ) }}

    union all

    {{ candidate(
        'billing_amount_mismatch', from='compared',
        where="is_posted and not is_queued and billing_count = 1
        and (abs(credited_amount - amount) > tolerance or credited_currency <> currency or has_several_currencies)",
        subject='document', id='document_id', event_at='compared_at', amount='abs(credited_amount - amount)',
        reason=erp_posted ~ ", billing payment ', compared_payment_id, ' of ', " ~ money_text('credited_amount', 'credited_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'billing_payment_duplicate', from='duplicated', where="true",
        subject='document', id='document_id', event_at='compared_at', amount='amount',
        reason=erp_posted ~ " was credited by ', billing_count, ' billing payments',
            case when billing_amount is null then '' else concat(' of ', " ~ money_text('billing_amount', 'billing_currency') ~ ", ' together') end)"
    ) }}

    union all

    {{ candidate(
        'billing_payment_without_document', from='payments',
        where="erp_document_id is not null and document_state <> 'posted'",
        subject='billing_payment', id='billing_payment_id', payment_key=null_text(), order_id=null_text(), invoice_id=null_text(),
        event_at='created_at', amount='amount',
        reason="concat('Billing credited ', " ~ money_text('amount', 'currency') ~ ", ', its ERP document ', erp_document_id, ' is ', document_state)"
    ) }}

    union all

    {{ candidate(
        'billing_wrong_account', from='compared', where="credited_account <> expected_account",
        subject='document', id='document_id', event_at='account_compared_at', amount='amount',
        reason=credited ~ " went to account ', credited_account, ', the contract has ', expected_account)"
    ) }}

    union all

    {{ candidate(
        'billing_account_inactive', from='payments', where="status = 'completed' and not is_account_active",
        subject='billing_payment', id='billing_payment_id', payment_key=null_text(), order_id=null_text(), invoice_id=null_text(),
        event_at='account_compared_at', amount='amount',
        reason="concat('Billing credited ', " ~ money_text('amount', 'currency') ~ ", ' to account ', personal_account, ', which is not active')"
    ) }}

    union all

    {{ candidate(
        'billing_payer_mismatch', from='compared', where="not is_queued and payer_tax_id <> customer_tax_id",
        subject='document', id='document_id', event_at='compared_at', amount='amount',
        reason=credited ~ " names payer ', payer_tax_id, ', the ERP document ', customer_tax_id)"
    ) }}

    union all

    {{ candidate(
        'billing_organisation_mismatch', from='compared', where="not is_queued and credited_organisation <> organisation_tax_id",
        subject='document', id='document_id', event_at='compared_at', amount='amount',
        reason=credited ~ " names organisation ', credited_organisation, ', the ERP document ', organisation_tax_id)"
    ) }}

    union all

    {{ candidate(
        'billing_method_mismatch', from='compared',
        where="not is_queued and position(lower(expected_method) in lower(method_name)) = 0",
        subject='document', id='document_id', event_at='compared_at', amount='amount',
        reason=credited ~ " was made by «', method_name, '», the ERP document by «', expected_method, '»')"
    ) }}
)

select * from candidates
