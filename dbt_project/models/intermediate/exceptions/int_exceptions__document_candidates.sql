-- Documents that several payments claim or one may claim, and manual changes in ERP without an audit trail.
with

documents as (
    select
        documents.*,
        payments.customer_id
    from {{ ref('int_identity__documents') }} as documents
    left join {{ ref('int_payments__payments') }} as payments on documents.payment_key = payments.payment_key
    where
        documents.is_ambiguous
        or documents.suggested_payment_key is not null
),

ambiguous as (
    select
        *,
        case
            when match_rule = 'settlement_batch' then 'several payouts'
            when candidates = {{ empty_list() }} then 'several payments'
            else concat('several possibilities among ', cast(candidates as {{ dbt.type_string() }}))
        end as finding
    from documents
    where is_ambiguous
),

suggested as (
    select
        documents.*,
        possible.provider_amount,
        possible.provider_paid_at
    from documents
    inner join {{ ref('int_payments__payments') }} as possible on documents.suggested_payment_key = possible.payment_key
),

erp_payments as (
    select * from {{ ref('int_identity__erp_payments') }}
),

erp_refunds as (
    select
        refunds.*,
        concat('erp.refunds:', refunds.source_system, ':', refunds.erp_document_id) as document_id,
        known.payment_key
    from {{ ref('stg_erp__refunds') }} as refunds
    left join {{ ref('int_refunds__erp_refunds') }} as known
        on
            refunds.source_system = known.source_system
            and refunds.erp_document_id = known.erp_document_id
),

{% set unaudited = "is_manual and (changed_by is null or change_reason is null or changed_at is null)" %}
{% set lacking = "case when changed_by is null then 'a name' when change_reason is null then 'a reason' else 'a time' end" %}
{% set without = "concat('Changed by hand in ERP without ', " ~ lacking ~ ")" %}

candidates as (

    {{ candidate(
        'ambiguous_match', from='ambiguous', where="true", subject='document', id='document_id',
        event_at='event_at', amount='amount',
        reason="concat('Rule ', match_rule, ' finds ', finding)"
    ) }}

    union all

    {{ candidate(
        'suggested_match', from='suggested', where="true", subject='document', id='document_id',
        event_at='greatest(event_at, provider_paid_at)', amount='amount',
        reason="concat('ERP posted ', " ~ money_text('amount', 'currency') ~ ", ' of the customer who paid as much on ', "
            ~ business_date('provider_paid_at') ~ ", ' (payment ', suggested_payment_key, ')')"
    ) }}

    union all

    {{ candidate(
        'manual_change_without_audit', from='erp_payments', where="not is_deleted and " ~ unaudited, subject='document', id='document_id',
        event_at='coalesce(changed_at, updated_at, document_date)', amount='amount', reason=without
    ) }}

    union all

    {{ candidate(
        'manual_change_without_audit', from='erp_refunds', where="not deleted and " ~ unaudited, subject='document', id='document_id',
        event_at='coalesce(changed_at, updated_at, document_date)', amount='amount', reason=without,
        order_id=null_text()
    ) }}
)

select * from candidates
