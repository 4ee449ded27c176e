-- One row per refund: the provider's, the ERP's and the receipt's word, and in which status the refund is.
with

refunds as (
    select * from {{ ref('int_refunds__refunds') }}
),

open_codes as (
    select
        subject_id as refund_key,
        {{ any_row("exception_class = 'mismatch'") }} as has_mismatch,
        {{ any_row("exception_class = 'absent'") }} as has_absence
    from {{ ref('int_exceptions__life') }}
    where
        as_of_date = {{ as_of_date() }}
        and subject_type = 'refund'
        and state in ('open', 'snoozed')
    group by subject_id
),

waiting as (
    select distinct subject_id as refund_key
    from {{ ref('int_exceptions__aged') }}
    where
        subject_type = 'refund'
        and makes_pending
        and not is_beyond_grace
)

select
    ---------- ids
    refunds.refund_key,
    refunds.payment_key,
    refunds.provider_document_id,
    refunds.erp_document_id,
    refunds.receipt_document_id,
    ---------- states
    refunds.provider_state,
    refunds.erp_state,
    refunds.receipt_state,
    ---------- amounts
    refunds.provider_amount,
    refunds.erp_amount,
    refunds.receipt_amount,
    refunds.currency,
    ---------- times
    refunds.refunded_at,
    ---------- judgement
    case
        when open_codes.has_mismatch then 'mismatched'
        when open_codes.has_absence then 'missing'
        when waiting.refund_key is not null or refunds.provider_state = 'pending' then 'pending'
        else 'matched'
    end as match_status,
    {{ as_of_date() }} as as_of_date
from refunds
left join open_codes on refunds.refund_key = open_codes.refund_key
left join waiting on refunds.refund_key = waiting.refund_key
