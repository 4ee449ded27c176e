-- One row per payout with what its batch says it should be, its line in the bank and its documents in ERP (matching.md,
-- Settlement). Only documents in the payout's currency count; an amount the payout does not name is 0.
with

payouts as (
    select
        *,
        coalesce(refund_amount, 0) as refunds_withheld,
        coalesce(dispute_amount, 0) as disputes_withheld,
        coalesce(adjustment_amount, 0) as adjustment
    from {{ ref('stg_provider__payouts') }}
),

payments as (
    select
        source_system,
        settlement_batch_id,
        currency,
        count(*) as payment_count,
        count(fee_amount) as fee_count,
        sum(amount) as amount,
        sum(fee_amount) as fee_amount
    from {{ ref('stg_provider__payments') }}
    where
        status = 'paid'
        and settlement_batch_id is not null
    group by source_system, settlement_batch_id, currency
),

refunds as (
    select
        source_system,
        settlement_batch_id,
        currency,
        sum(amount) as amount
    from {{ ref('stg_provider__refunds') }}
    where
        status = 'succeeded'
        and settlement_batch_id is not null
    group by source_system, settlement_batch_id, currency
),

disputes as (
    select
        source_system,
        settlement_batch_id,
        currency,
        sum(amount) as amount
    from {{ ref('stg_provider__disputes') }}
    where
        status = 'lost'
        and settlement_batch_id is not null
    group by source_system, settlement_batch_id, currency
),

erp_documents as (
    select
        payouts.source_system,
        payouts.settlement_batch_id,
        count(*) as document_count,
        sum(case when documents.currency = payouts.currency then documents.amount end) as amount,
        max(documents.document_date) as last_document_date
    from {{ ref('int_identity__settlement_documents') }} as documents
    inner join payouts
        on
            documents.settlement_source_system = payouts.source_system
            and documents.settlement_batch_id = payouts.settlement_batch_id
    where documents.is_posted
    group by payouts.source_system, payouts.settlement_batch_id
),

bank_lines as (
    select
        document_id,
        belongs_to_id
    from {{ ref('int_settlement__bank_lines') }}
    where belongs_to = 'payout'
),

compared as (
    select
        payouts.*,
        coalesce(payments.payment_count, 0) as payment_count,
        coalesce(payments.amount, 0) as expected_gross_amount,
        coalesce(refunds.amount, 0) as expected_refund_amount,
        coalesce(disputes.amount, 0) as expected_dispute_amount,
        case when coalesce(payments.payment_count = payments.fee_count, true) then coalesce(payments.fee_amount, 0) end as expected_fee_amount,
        coalesce(erp_documents.document_count, 0) as erp_document_count,
        erp_documents.amount as erp_amount,
        erp_documents.last_document_date as erp_last_document_date,
        bank_lines.document_id as bank_document_id
    from payouts
    left join payments
        on
            payouts.source_system = payments.source_system
            and payouts.settlement_batch_id = payments.settlement_batch_id
            and payouts.currency = payments.currency
    left join refunds
        on
            payouts.source_system = refunds.source_system
            and payouts.settlement_batch_id = refunds.settlement_batch_id
            and payouts.currency = refunds.currency
    left join disputes
        on
            payouts.source_system = disputes.source_system
            and payouts.settlement_batch_id = disputes.settlement_batch_id
            and payouts.currency = disputes.currency
    left join erp_documents
        on
            payouts.source_system = erp_documents.source_system
            and payouts.settlement_batch_id = erp_documents.settlement_batch_id
    left join bank_lines
        on concat('provider.payouts:', payouts.source_system, ':', payouts.settlement_batch_id) = bank_lines.belongs_to_id
)

select
    ---------- ids
    source_system,
    settlement_batch_id,
    concat(source_system, ':', settlement_batch_id) as payout_id,
    concat('provider.payouts:', source_system, ':', settlement_batch_id) as document_id,
    bank_document_id,
    erp_document_count,
    payment_count,
    ---------- amounts the payout names
    gross_amount,
    cast(refunds_withheld as decimal(19, 4)) as refund_amount,
    cast(disputes_withheld as decimal(19, 4)) as dispute_amount,
    fee_amount,
    cast(adjustment as decimal(19, 4)) as adjustment_amount,
    net_amount,
    currency,
    ---------- amounts that follow from its batch
    cast(expected_gross_amount as decimal(19, 4)) as expected_gross_amount,
    cast(expected_refund_amount as decimal(19, 4)) as expected_refund_amount,
    cast(expected_dispute_amount as decimal(19, 4)) as expected_dispute_amount,
    cast(expected_fee_amount as decimal(19, 4)) as expected_fee_amount,
    cast(
        gross_amount - refunds_withheld - disputes_withheld
        - (expected_gross_amount - expected_refund_amount - expected_dispute_amount) as decimal(19, 4)
    ) as unexplained_amount,
    cast(erp_amount as decimal(19, 4)) as erp_amount,
    ---------- times
    payout_date,
    {{ end_of_date('payout_date') }} as paid_out_at,
    erp_last_document_date,
    ---------- source
    _file_name,
    _file_sha256,
    _row_number
from compared
