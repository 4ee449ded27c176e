-- Which ERP refund books which provider refund: by refund_id, by provider_refund_id, then by payment, amount and currency.
-- Ids that both sides know and that differ never pair, so at each step those who know more ids go first.
{% set amount = ['payment_key', 'amount', 'currency'] -%}
{% set steps = [
    ('both_ids', 'true', 'true', ['refund_id', 'provider_refund_id']),
    ('refund_id', 'true', 'provider_refund_id is null', ['refund_id']),
    ('provider_id_named', 'refund_id is null', 'refund_id is not null', ['provider_refund_id']),
    ('provider_id', 'true', 'refund_id is null', ['provider_refund_id']),
    ('amount_named', 'refund_id is null', 'refund_id is not null and provider_refund_id is null', amount),
    ('amount', 'true', 'refund_id is null and provider_refund_id is null', amount),
] -%}

with

provider_refunds as (
    select
        *,
        coalesce(refunded_at, created_at) as event_at
    from {{ ref('int_refunds__provider_refunds') }}
),

erp_refunds as (
    select
        *,
        document_date as event_at
    from {{ ref('int_refunds__erp_refunds') }}
),

{% for step, provider_condition, erp_condition, keys in steps %}
{%- set earlier = steps[:loop.index0] | map(attribute=0) | list %}
provider_{{ step }} as (
    select * from provider_refunds
    where
        {{ provider_condition }}
        {%- for name in earlier %}
        and document_id not in (select by_{{ name }}.left_id from by_{{ name }})
        {%- endfor %}
),

erp_{{ step }} as (
    select * from erp_refunds
    where
        {{ erp_condition }}
        {%- for name in earlier %}
        and document_id not in (select by_{{ name }}.right_id from by_{{ name }})
        {%- endfor %}
),

by_{{ step }} as (
    {{ pair_in_time_order('provider_' ~ step, 'erp_' ~ step, keys) }}
),
{% endfor %}

pairs as (
    {%- for step in steps %}
    {{ 'union all' if not loop.first }}
    select * from by_{{ step[0] }}
    {%- endfor %}
)

select
    left_id as provider_document_id,
    right_id as erp_document_id
from pairs
