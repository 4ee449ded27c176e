-- One row per payout: what the provider says it is made of, what its payments say, bank and ERP, and its status.
with

payouts as (
    select * from {{ ref('int_settlement__payouts') }}
),

open_codes as (
    select
        subject_id as payout_id,
        {{ any_row("exception_class = 'mismatch'") }} as has_mismatch,
        {{ any_row("exception_class = 'absent'") }} as has_absence
    from {{ ref('int_exceptions__detected') }}
    where subject_type = 'payout'
    group by subject_id
),

waiting as (
    select distinct subject_id as payout_id
    from {{ ref('int_exceptions__aged') }}
    where
        subject_type = 'payout'
        and makes_pending
        and not is_beyond_grace
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
    case
        when open_codes.has_mismatch then 'mismatched'
        when open_codes.has_absence then 'missing'
        when waiting.payout_id is not null then 'pending'
        else 'matched'
    end as match_status,
    {{ as_of_date() }} as as_of_date
from payouts
left join open_codes on payouts.payout_id = open_codes.payout_id
left join waiting on payouts.payout_id = waiting.payout_id
