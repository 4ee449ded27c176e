-- Payments touched by an ambiguous document: its own, and those it names as candidates.
with

ambiguous as (
    select
        document_id,
        leg,
        payment_key,
        candidates
    from {{ ref('int_identity__documents') }}
    where is_ambiguous
),

named as (
    select
        document_id,
        leg,
        {{ each('candidates') }} as payment_key
    from ambiguous
)

select
    document_id,
    leg,
    payment_key,
    true as is_own
from ambiguous

union all

select
    document_id,
    leg,
    payment_key,
    false as is_own
from named
