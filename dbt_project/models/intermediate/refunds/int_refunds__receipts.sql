-- a template loop over the steps has its own indentation:
-- noqa: disable=LT02
-- Refund receipts with the refund, or the booking of a dispute, they belong to: by refund_id, provider_refund_id,
-- the ERP refund's id, then by payment, amount and currency: twice, for those an id kept from the first of the other.
-- Successful receipts are served before failed ones.
with

receipts as (
    select
        document_id,
        receipt_id,
        refund_id,
        provider_refund_id,
        erp_document_id as erp_refund_id,
        payment_id as payment_key,
        receipt_state,
        amount,
        currency,
        coalesce(registered_at, created_at) as event_at,
        case when receipt_state = 'success' then 0 else 1 end as receipt_order
    from {{ ref('int_documents__fiscal_receipts') }}
    where
        receipt_type = 'refund'
        and settlement_kind = 'payment'
),

-- Bookings of disputes take receipts as refunds do; their provider side is the dispute's.
refunds as (
    select
        refund_key,
        refund_id,
        provider_refund_id,
        erp_refund_id,
        payment_key,
        coalesce(provider_amount, erp_amount) as amount,
        coalesce(provider_currency, erp_currency) as currency,
        coalesce(refunded_at, provider_created_at, erp_refunded_at) as event_at
    from {{ ref('int_refunds__sides') }}
    union all
    select
        concat('dispute ', bookings.erp_document_id) as refund_key,
        erp_refunds.refund_id,
        erp_refunds.provider_refund_id,
        erp_refunds.erp_document_id as erp_refund_id,
        erp_refunds.payment_key,
        erp_refunds.amount,
        erp_refunds.currency,
        erp_refunds.document_date as event_at
    from {{ ref('int_refunds__dispute_bookings') }} as bookings
    inner join {{ ref('int_refunds__erp_refunds') }} as erp_refunds on bookings.erp_document_id = erp_refunds.document_id
),

{% set steps = [
    ('refund_id', ['refund_id']),
    ('provider_refund_id', ['provider_refund_id']),
    ('erp_refund_id', ['erp_refund_id']),
    ('amount', ['payment_key', 'amount', 'currency']),
    ('amount_again', ['payment_key', 'amount', 'currency']),
] -%}

{% for step, keys in steps %}
{%- set earlier = steps[:loop.index0] | map(attribute=0) | list %}
{%- set shared_keys = 'receipts.' ~ keys | join(', receipts.') %}
-- What the earlier steps left, paired where no id both sides know differs; the first of each with the first of the other.
{{ step }}_pairs as (
    select
        receipts.document_id,
        receipts.receipt_order,
        refunds.refund_key,
        row_number() over (
            partition by receipts.document_id
            order by refunds.event_at, refunds.refund_key
        ) as refund_rank,
        dense_rank() over (
            partition by {{ shared_keys }}
            order by receipts.receipt_order, receipts.event_at, receipts.document_id
        ) as receipt_rank
    from receipts
    inner join refunds
        on
            {%- for key in keys %}
            {{ 'and ' if not loop.first }}receipts.{{ key }} = refunds.{{ key }}
            {%- endfor %}
            and not {{ ids_conflict('receipts.refund_id', 'refunds.refund_id') }}
            and not {{ ids_conflict('receipts.provider_refund_id', 'refunds.provider_refund_id') }}
            and not {{ ids_conflict('receipts.erp_refund_id', 'refunds.erp_refund_id') }}
    {%- for name in earlier %}
    left join by_{{ name }} as {{ name }}_receipts on receipts.document_id = {{ name }}_receipts.document_id
    left join by_{{ name }} as {{ name }}_refunds on refunds.refund_key = {{ name }}_refunds.refund_key
    {%- endfor %}
    {%- if earlier %}
    where
        {%- for name in earlier %}
        {{ 'and ' if not loop.first }}{{ name }}_receipts.document_id is null
        and {{ name }}_refunds.refund_key is null
        {%- endfor %}
    {%- endif %}
),

by_{{ step }} as (
    select
        document_id,
        refund_key
    from (
        select
            *,
            row_number() over (partition by refund_key order by receipt_rank) as claim_rank
        from {{ step }}_pairs
        where refund_rank = receipt_rank
    ) as claims
    where claim_rank = 1
),
{% endfor %}

linked as (
    {%- for step, keys in steps %}
    {{ 'union all' if not loop.first }}
    select * from by_{{ step }}
    {%- endfor %}
)

select
    receipts.document_id,
    receipts.receipt_id,
    linked.refund_key,
    receipts.payment_key,
    receipts.receipt_state,
    receipts.amount,
    receipts.currency,
    receipts.event_at
from receipts
left join linked on receipts.document_id = linked.document_id
