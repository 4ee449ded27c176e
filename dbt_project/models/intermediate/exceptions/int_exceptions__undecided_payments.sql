-- Payments touched by a document that waits for a decision: its own, and those it may belong to.
with

documents as (
    select
        document_id,
        leg,
        payment_key,
        suggested_payment_key is not null as is_suggestion,
        case
            when suggested_payment_key is not null then {{ list_of('suggested_payment_key') }}
            else candidates
        end as possible_keys
    from {{ ref('int_identity__documents') }}
    where
        is_ambiguous
        or suggested_payment_key is not null
),

named as (
    select
        document_id,
        leg,
        is_suggestion,
        {{ each('possible_keys') }} as payment_key
    from documents
)

select
    document_id,
    leg,
    payment_key,
    is_suggestion,
    true as is_own
from documents

union all

select
    document_id,
    leg,
    payment_key,
    is_suggestion,
    false as is_own
from named
