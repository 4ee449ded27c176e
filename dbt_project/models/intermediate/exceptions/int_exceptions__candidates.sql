-- Every rule's candidates, without those that an undecided document silences (matching.md, Documents and payments).
with

candidates as (
    select * from {{ ref('int_exceptions__payment_candidates') }}
    union all
    select * from {{ ref('int_exceptions__receipt_candidates') }}
    union all
    select * from {{ ref('int_exceptions__document_candidates') }}
    union all
    select * from {{ ref('int_exceptions__refund_candidates') }}
    union all
    select * from {{ ref('int_exceptions__postpaid_candidates') }}
    union all
    select * from {{ ref('int_exceptions__export_candidates') }}
    union all
    select * from {{ ref('int_exceptions__dispute_candidates') }}
    union all
    select * from {{ ref('int_exceptions__order_candidates') }}
    union all
    select * from {{ ref('int_exceptions__settlement_candidates') }}
    union all
    select * from {{ ref('int_exceptions__bank_candidates') }}
    union all
    select * from {{ ref('int_exceptions__invoice_candidates') }}
    union all
    select * from {{ ref('int_exceptions__goods_candidates') }}
    union all
    select * from {{ ref('int_exceptions__credit_candidates') }}
    union all
    select * from {{ ref('int_exceptions__source_candidates') }}
    union all
    select * from {{ ref('int_exceptions__decision_candidates') }}
),

undecided as (
    select * from {{ ref('int_exceptions__undecided_payments') }}
),

-- The one exception is on the document: its own payment raises none.
own as (
    select distinct payment_key from undecided
    where is_own
),

-- The payments it may belong to do not miss it.
claimed as (
    select distinct
        undecided.payment_key,
        types.exception_code
    from undecided
    inner join {{ ref('exception_types') }} as types on undecided.leg = types.missing_leg
    where not undecided.is_own
)

select candidates.*
from candidates
left join own on candidates.payment_key = own.payment_key
left join claimed
    on
        candidates.payment_key = claimed.payment_key
        and candidates.exception_code = claimed.exception_code
where
    candidates.subject_type <> 'payment'
    or (own.payment_key is null and claimed.payment_key is null)
