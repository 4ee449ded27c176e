-- Every rule's candidates, without those that an ambiguous document silences (matching.md, Documents and payments).
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
    select * from {{ ref('int_exceptions__invoice_candidates') }}
    union all
    select * from {{ ref('int_exceptions__goods_candidates') }}
    union all
    select * from {{ ref('int_exceptions__credit_candidates') }}
    union all
    select * from {{ ref('int_exceptions__source_candidates') }}
),

ambiguous as (
    select * from {{ ref('int_exceptions__ambiguous_payments') }}
),

-- The one exception is on the document: its own payment raises no other code.
own as (
    select distinct payment_key from ambiguous
    where is_own
),

-- The payments it may belong to do not miss it.
claimed as (
    select distinct
        ambiguous.payment_key,
        types.exception_code
    from ambiguous
    inner join {{ ref('exception_types') }} as types on ambiguous.leg = types.missing_leg
    where not ambiguous.is_own
)

select candidates.*
from candidates
left join own on candidates.payment_key = own.payment_key
left join claimed
    on
        candidates.payment_key = claimed.payment_key
        and candidates.exception_code = claimed.exception_code
where
    candidates.exception_code = 'ambiguous_match'
    or (own.payment_key is null and claimed.payment_key is null)
