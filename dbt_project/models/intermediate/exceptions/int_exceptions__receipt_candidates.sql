-- Fiscal receipts that are missing, stuck, failed, doubled or of another amount than the money (exceptions.md, Payments).
with

payments as (
    select * from {{ ref('int_exceptions__payment_conditions') }}
),

-- The receipt an ERP document speaks of: its own, else its payment's; successful ones first.
documents as (
    select * from {{ ref('int_identity__erp_payments') }}
    where
        is_posted
        and payment_key is not null
        and fiscal_receipt_status is not null
),

receipts as (
    select * from {{ ref('int_identity__fiscal_receipts') }}
    where settlement_kind = 'payment'
),

spoken_of as (
    select
        documents.document_id,
        documents.payment_key,
        documents.order_id,
        documents.invoice_id,
        documents.customer_id,
        documents.amount,
        documents.currency,
        documents.fiscal_receipt_status,
        receipts.status as receipt_status,
        receipts.receipt_id,
        coalesce(receipts.registered_at, receipts.checked_at, receipts.created_at) as receipt_at,
        row_number() over (
            partition by documents.document_id
            order by
                case when receipts.erp_document_id = documents.erp_document_id then 0 else 1 end,
                case when receipts.status = 'success' then 0 else 1 end,
                receipts.created_at desc,
                receipts.document_id
        ) as receipt_rank
    from documents
    inner join receipts on documents.payment_key = receipts.payment_key
),

stale as (
    select spoken_of.*
    from spoken_of
    left join {{ ref('erp_receipt_statuses') }} as words on lower(spoken_of.fiscal_receipt_status) = words.erp_status
    where
        spoken_of.receipt_rank = 1
        and coalesce(words.receipt_status, lower(spoken_of.fiscal_receipt_status)) <> spoken_of.receipt_status
),

{# ---------- sentences -#}
{% set registered = "concat('Receipts register ', " ~ money_text('fiscal_amount', 'fiscal_currency') ~ ", '" %}

candidates as (

    {{ candidate(
        'receipt_missing', from='payments', where="is_receipt_required and fiscal_state = 'absent'",
        grace='fiscal', event_at='receipt_required_since', amount='verified_amount',
        reason="concat('Paid ', " ~ money_text('verified_amount', 'currency') ~ ", ', no fiscal receipt exists')"
    ) }}

    union all

    {{ candidate(
        'receipt_stuck', from='payments', where="fiscal_state = 'in_progress'",
        grace='fiscal', event_at='receipt_latest_created_at', amount='coalesce(verified_amount, erp_amount, website_amount)',
        reason="'The latest fiscal receipt is neither registered nor refused'"
    ) }}

    union all

    {{ candidate(
        'receipt_failed', from='payments', where="is_receipt_required and fiscal_state = 'failed'",
        grace='fiscal_retry', event_at='receipt_latest_created_at', amount='verified_amount',
        reason="concat('Paid ', " ~ money_text('verified_amount', 'currency') ~ ", ', the latest fiscal receipt failed: ', coalesce(receipt_latest_error, 'no reason given'))"
    ) }}

    union all

    {{ candidate(
        'receipt_duplicate', from='payments', where="has_duplicate_receipt",
        event_at='receipt_last_registered_at', amount='fiscal_amount - verified_amount', currency='fiscal_currency',
        reason="concat(receipt_success_count, ' receipts register ', " ~ money_text('fiscal_amount', 'fiscal_currency') ~ ", ', paid ', "
            ~ money_text('verified_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'receipt_amount_mismatch', from='payments',
        where="is_verified and receipt_success_count > 0 and not has_duplicate_receipt and not has_currency_mismatch
        and fiscal_amount > verified_amount + fiscal_tolerance",
        event_at='greatest(paid_at, receipt_last_registered_at)', amount='fiscal_amount - verified_amount', currency='fiscal_currency',
        reason=registered ~ ", paid ', " ~ money_text('verified_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'receipt_amount_mismatch', from='payments',
        where="is_verified and receipt_success_count > 0 and not has_duplicate_receipt and not has_currency_mismatch
        and fiscal_amount < verified_amount - fiscal_tolerance",
        grace='fiscal', event_at='paid_at', amount='verified_amount - fiscal_amount', currency='fiscal_currency',
        reason=registered ~ ", paid ', " ~ money_text('verified_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'receipt_without_payment', from='payments',
        where="receipt_success_count > 0 and not is_verified and erp_posted_count = 0",
        grace='fiscal', event_at='receipt_registered_at', amount='fiscal_amount', currency='fiscal_currency',
        reason=registered ~ ", no payment is verified and ERP posted nothing')"
    ) }}

    union all

    {{ candidate(
        'erp_receipt_status_stale', from='stale', where="true", subject='document', id='document_id',
        grace='fiscal_check', event_at='receipt_at', amount='amount',
        reason="concat('ERP says the receipt is ', fiscal_receipt_status, ', receipt ', receipt_id, ' is ', receipt_status)"
    ) }}
)

select * from candidates
