-- Payouts that do not add up, or that bank or ERP know otherwise or not at all (exceptions.md, Settlement).
with

payouts as (
    select
        *,
        cast(gross_amount - refund_amount - dispute_amount as decimal(19, 4)) as withheld_gross_amount,
        cast(gross_amount - refund_amount - dispute_amount - fee_amount + adjustment_amount as decimal(19, 4)) as counted_net_amount
    from {{ ref('int_settlement__payouts') }}
),

-- A tolerance of the currency itself goes before the one for all currencies.
erp_tolerances as (
    select
        currency,
        cast(tolerance as decimal(19, 4)) as tolerance
    from {{ ref('tolerances') }}
    where leg = 'erp'
),

-- The payout as ERP may book it: gross, less what was withheld, or net; the nearest of them is what it misses.
booked as (
    select
        payouts.*,
        least(
            abs(payouts.erp_amount - payouts.withheld_gross_amount),
            abs(payouts.erp_amount - payouts.net_amount),
            abs(payouts.erp_amount - payouts.gross_amount)
        ) as erp_difference_amount,
        coalesce(erp_tolerances.tolerance, erp_tolerances_of_all.tolerance, 0) as tolerance
    from payouts
    left join erp_tolerances on payouts.currency = erp_tolerances.currency
    left join erp_tolerances as erp_tolerances_of_all on erp_tolerances_of_all.currency = '*'
    where payouts.erp_document_count > 0
),

settling_systems as (
    select distinct source_system from payouts
),

-- Each paid attempt must reach a payout.
not_paid_out as (
    select
        payments.payment_key,
        payments.order_id,
        payments.invoice_id,
        payments.customer_id,
        payments.provider_amount,
        payments.provider_currency,
        documents.source_system,
        documents.provider_payment_id,
        documents.paid_at
    from {{ ref('int_identity__provider_payments') }} as documents
    inner join settling_systems on documents.source_system = settling_systems.source_system
    inner join {{ ref('int_payments__payments') }} as payments on documents.payment_key = payments.payment_key
    where
        documents.status = 'paid'
        and documents.settlement_batch_id is null
),

{% set nothing = null_text() %}
{# ---------- sentences -#}
{% set of_batch = "concat('Payout ', settlement_batch_id, ' of ', " %}

candidates as (

    {{ candidate(
        'payout_arithmetic_error', from='payouts', where="counted_net_amount <> net_amount", subject='payout', id='payout_id',
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        event_at='paid_out_at', amount='abs(counted_net_amount - net_amount)',
        reason="concat('Payout ', settlement_batch_id, ': gross ', " ~ money_text('gross_amount', 'currency') ~ ", ' less refunds ', "
            ~ money_text('refund_amount', 'currency') ~ ", ', disputes ', " ~ money_text('dispute_amount', 'currency') ~ ", ' and fees ', "
            ~ money_text('fee_amount', 'currency') ~ ", ', adjusted by ', " ~ money_text('adjustment_amount', 'currency') ~ ", ', gives ', "
            ~ money_text('counted_net_amount', 'currency') ~ ", ', the payout says ', " ~ money_text('net_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'payout_total_mismatch', from='payouts', where="unexplained_amount <> 0", subject='payout', id='payout_id',
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        grace='payout_total', event_at='paid_out_at', amount='abs(unexplained_amount)',
        reason=of_batch ~ money_text('withheld_gross_amount', 'currency') ~ ", ' before fees: its ', payment_count, ' payments less refunds and disputes are ', "
            ~ money_text('expected_gross_amount - expected_refund_amount - expected_dispute_amount', 'currency') ~ ", ', unexplained ', "
            ~ money_text('unexplained_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'payout_fee_mismatch', from='payouts', where="expected_fee_amount <> fee_amount", subject='payout', id='payout_id',
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        grace='payout_total', event_at='paid_out_at', amount='abs(expected_fee_amount - fee_amount)',
        reason="concat('Payout ', settlement_batch_id, ' withholds fees of ', " ~ money_text('fee_amount', 'currency') ~ ", ', those of its ', payment_count, ' payments are ', "
            ~ money_text('expected_fee_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'payment_missing_from_payout', from='not_paid_out', where="true",
        grace='payout', event_at='paid_at', amount='provider_amount', currency='provider_currency',
        reason="concat('Provider paid ', " ~ money_text('provider_amount', 'provider_currency') ~ ", ', ', source_system, ' payment ', provider_payment_id, ' is in no payout')"
    ) }}

    union all

    {{ candidate(
        'payout_missing_in_bank', from='payouts', where="net_amount > 0 and bank_document_id is null", subject='payout', id='payout_id',
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        grace='bank', event_at='paid_out_at', amount='net_amount',
        reason=of_batch ~ money_text('net_amount', 'currency') ~ ", ' net of ', payout_date, ' has no line in the bank statement')"
    ) }}

    union all

    {{ candidate(
        'erp_batch_amount_mismatch', from='booked', where="erp_amount is null or erp_difference_amount > tolerance", subject='payout', id='payout_id',
        payment_key=nothing, order_id=nothing, invoice_id=nothing, customer_id=nothing,
        event_at='greatest(paid_out_at, erp_last_document_date)', amount='coalesce(erp_difference_amount, net_amount)',
        reason=of_batch ~ money_text('gross_amount', 'currency') ~ ", ' gross and ', " ~ money_text('net_amount', 'currency') ~ ", ' net: ', erp_document_count, ' ERP document(s) book ', "
            ~ money_text('coalesce(erp_amount, 0)', 'currency') ~ ")"
    ) }}
)

select * from candidates
