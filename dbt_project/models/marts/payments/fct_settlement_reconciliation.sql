-- One row per payout: what the provider says it is made of, what its payments say, bank and ERP, and its status.
with

payouts as (
    select * from {{ ref('int_settlement__payouts') }}
),

judged as (
    {{ judged_subjects('payout') }}
)

select
    ---------- ids
    payouts.source_system,
    payouts.settlement_batch_id,
    ---------- amounts the payout names
    payouts.payout_date,
    payouts.currency,
    payouts.gross_amount,
    payouts.refund_amount,
    payouts.dispute_amount,
    payouts.fee_amount,
    payouts.adjustment_amount,
    payouts.net_amount,
    ---------- amounts that follow from its batch
    payouts.expected_gross_amount,
    payouts.expected_refund_amount,
    payouts.expected_dispute_amount,
    payouts.expected_fee_amount,
    payouts.unexplained_amount,
    payouts.payment_count,
    ---------- bank and ERP
    payouts.bank_document_id,
    payouts.erp_amount,
    ---------- judgement
    coalesce(judged.match_status, 'matched') as match_status,
    {{ as_of_date() }} as as_of_date
from payouts
left join judged on payouts.payout_id = judged.subject_id
