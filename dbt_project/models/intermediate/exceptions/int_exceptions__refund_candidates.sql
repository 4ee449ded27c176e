-- Refunds that one side knows and the other does not, or knows differently (exceptions.md, Refunds).
with

refunds as (
    select * from {{ ref('int_refunds__refunds') }}
),

-- A tolerance of the currency itself goes before the one for all currencies.
refund_tolerances as (
    select
        currency,
        cast(tolerance as decimal(19, 4)) as tolerance
    from {{ ref('tolerances') }}
    where leg = 'refund'
),

differing as (
    select refunds.*
    from refunds
    left join refund_tolerances on refunds.provider_currency = refund_tolerances.currency
    left join refund_tolerances as refund_tolerances_of_all on refund_tolerances_of_all.currency = '*'
    where
        refunds.provider_state = 'succeeded'
        and refunds.erp_state = 'posted'
        and (
            abs(refunds.provider_amount - refunds.erp_amount)
            > coalesce(refund_tolerances.tolerance, refund_tolerances_of_all.tolerance, 0)
            or refunds.provider_currency <> refunds.erp_currency
        )
),

last_refunds as (
    select
        payment_key,
        max(event_at) as last_refunded_at
    from {{ ref('int_refunds__money') }}
    where payment_key is not null
    group by payment_key
),

over_refunded as (
    select
        payments.*,
        last_refunds.last_refunded_at
    from {{ ref('int_payments__payments') }} as payments
    inner join last_refunds on payments.payment_key = last_refunds.payment_key
    where payments.refund_state = 'over'
),

unlinked as (
    select
        refunds.*,
        invoices.invoice_id as known_invoice_id
    from refunds
    left join {{ ref('int_ledger__invoices') }} as invoices on refunds.named_invoice_id = invoices.invoice_id
),

receipts_alone as (
    select
        receipts.*,
        payments.order_id,
        payments.invoice_id,
        payments.customer_id
    from {{ ref('int_refunds__receipts') }} as receipts
    left join {{ ref('int_payments__payments') }} as payments on receipts.payment_key = payments.payment_key
    where
        receipts.receipt_state = 'success'
        and receipts.refund_key is null
),

{# ---------- sentences -#}
{% set provider_refunded = "concat('Provider refunded ', " ~ money_text('provider_amount', 'provider_currency') ~ ", '" %}
{% set erp_refunded = "concat('ERP posted a refund of ', " ~ money_text('erp_amount', 'erp_currency') ~ ", '" %}

candidates as (

    {{ candidate(
        'refund_missing_in_erp', from='refunds', where="provider_state = 'succeeded' and erp_state = 'absent'",
        subject='refund', id='refund_key', grace='erp_refund', event_at='provider_refunded_at', amount='provider_amount',
        reason=provider_refunded ~ ", ERP has no posted refund')"
    ) }}

    union all

    {{ candidate(
        'refund_missing_in_provider', from='refunds',
        where="erp_state = 'posted' and payment_provider_state = 'paid' and provider_state <> 'succeeded'",
        subject='refund', id='refund_key', grace='provider_refund', event_at='erp_refunded_at', amount='erp_amount',
        reason=erp_refunded ~ ", the provider refund is ', provider_state)"
    ) }}

    union all

    {{ candidate(
        'refund_amount_mismatch', from='differing', where="true",
        subject='refund', id='refund_key', event_at='greatest(provider_refunded_at, erp_refunded_at)',
        amount='abs(provider_amount - erp_amount)',
        reason=provider_refunded ~ ", ERP posted ', " ~ money_text('erp_amount', 'erp_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'refund_exceeds_payment', from='over_refunded', where="true",
        event_at='last_refunded_at', amount='refunded_amount - coalesce(verified_amount, 0)',
        reason="concat('Refunded ', " ~ money_text('refunded_amount', 'currency') ~ ", ' of ', "
            ~ money_text('coalesce(verified_amount, 0)', 'currency') ~ ", ' paid')"
    ) }}

    union all

    {{ candidate(
        'refund_receipt_missing', from='refunds',
        where="provider_state = 'succeeded' and is_receipt_required and receipt_state <> 'success'",
        subject='refund', id='refund_key', grace='fiscal_refund', event_at='provider_refunded_at', amount='provider_amount',
        reason=provider_refunded ~ ", its fiscal receipt is ', receipt_state)"
    ) }}

    union all

    {{ candidate(
        'refund_receipt_amount_mismatch', from='refunds',
        where="receipt_state = 'success' and (receipt_amount <> coalesce(provider_amount, erp_amount) or receipt_currency <> currency)",
        subject='refund', id='refund_key', event_at='greatest(refunded_at, receipt_at)',
        amount='abs(receipt_amount - coalesce(provider_amount, erp_amount))',
        reason="concat('Refunded ', " ~ money_text('coalesce(provider_amount, erp_amount)', 'currency') ~ ", ', the receipt registers ', "
            ~ money_text('receipt_amount', 'receipt_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'refund_receipt_without_refund', from='receipts_alone', where="true",
        subject='document', id='document_id', grace='fiscal_refund', event_at='event_at', amount='amount',
        reason="concat('A refund receipt of ', " ~ money_text('amount', 'currency') ~ ", ' belongs to no refund')"
    ) }}

    union all

    {{ candidate(
        'refund_unlinked', from='unlinked', where="provider_state = 'succeeded' and not is_payment_known",
        subject='refund', id='refund_key', event_at='provider_refunded_at', amount='provider_amount',
        reason=provider_refunded ~ ", the provider payment it refunds is unknown')"
    ) }}

    union all

    {{ candidate(
        'refund_unlinked', from='unlinked',
        where="provider_state <> 'succeeded' and erp_state = 'posted' and payment_key is null and known_invoice_id is null",
        subject='refund', id='refund_key', event_at='erp_refunded_at', amount='erp_amount',
        reason=erp_refunded ~ ", neither its payment nor its invoice is known')"
    ) }}
)

select * from candidates
