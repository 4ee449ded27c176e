{#- How rules 4 to 6 choose (matching.md): one candidate on both sides, or none is chosen. -#}

{#-
    Documents with the payments they may belong to, from a CTE `pairs` of distinct (document_id, payment_key): certain where
    the document has one candidate and that payment no other such document.
-#}
{% macro mutually_unique(pairs, match_rule) -%}
    select
        pairs.document_id,
        '{{ match_rule }}' as match_rule,
        {{ list_distinct('pairs.payment_key') }} as candidates,
        min(pairs.payment_key) as first_candidate,
        count(*) = 1 and max(rivals.document_count) = 1 as is_certain
    from {{ pairs }} as pairs
    inner join (
        select
            payment_key,
            count(*) as document_count
        from {{ pairs }}
        group by payment_key
    ) as rivals on pairs.payment_key = rivals.payment_key
    group by pairs.document_id
{%- endmacro %}

{#-
    Rule 4: documents of a CTE `remaining` and paid payments without a partner (`partnered`, a CTE of payment_key) that
    agree in order, amount and currency.
-#}
{% macro order_amount_pairs(remaining, paid_payments, partnered) -%}
    select distinct
        remaining.document_id,
        paid_payments.payment_key
    from {{ remaining }} as remaining
    inner join {{ paid_payments }} as paid_payments
        on
            remaining.order_id = paid_payments.order_id
            and remaining.amount = paid_payments.amount
            and remaining.currency = paid_payments.currency
    left join {{ partnered }} as partnered on paid_payments.payment_key = partnered.payment_key
    where partnered.payment_key is null
{%- endmacro %}
