-- Rule 1: the payment key an approved decision names for a document; of several the later counts.
with

decisions as (
    select
        *,
        row_number() over (
            partition by document_id
            order by decided_at desc, decision_id desc, source_system desc
        ) as decision_rank
    from {{ ref('int_decisions__decisions') }}
    where
        decision_type = 'force_match'
        and is_effective
        and document_id is not null
        and payment_key is not null
)

select
    document_id,
    payment_key,
    decision_id
from decisions
where decision_rank = 1
