-- Decisions that take two people and have only one, until approved or superseded by a later one on the same subject.
with

decisions as (
    select * from {{ ref('int_decisions__decisions') }}
),

lonely as (
    select decisions.*
    from decisions
    left join decisions as later
        on
            (
                decisions.exception_id = later.exception_id
                or decisions.document_id = later.document_id
            )
            and (
                decisions.decided_at < later.decided_at
                or (decisions.decided_at = later.decided_at and decisions.decision_id < later.decision_id)
            )
    where
        not decisions.is_effective
        and later.decision_id is null
),

candidates as (

    {{ candidate(
        'decision_without_approval', from='lonely', where="true", subject='decision', id='subject_id',
        order_id=null_text(), invoice_id=null_text(), customer_id=null_text(),
        event_at='decided_at', amount='null', currency=null_text(),
        reason="concat(actor, ' decided ', decision_type, ': ', reason, '; ',
            case when approved_by = actor then 'approved by nobody else' else 'approved by nobody' end)"
    ) }}
)

select * from candidates
