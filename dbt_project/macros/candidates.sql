{#-
    One rule's candidates: the rows of `from` where the condition alone holds. Grace, coverage and severity are data and
    joined once, in int_exceptions__aged (architecture.md, Rules as data).

    code          exception code; subject: its type
    id, columns   expressions over the relation; amount in major units, event_at in UTC
    grace         name in the seed grace_hours, or none for grace 0
    reason        expression of one plain sentence with the numbers in it
-#}
{% macro candidate(
    code, from, where, reason, event_at, amount, currency='currency', grace=none,
    subject='payment', id='payment_key', payment_key='payment_key', order_id='order_id', invoice_id='invoice_id', customer_id='customer_id'
) -%}
    select
        '{{ code }}' as exception_code,
        '{{ subject }}' as subject_type,
        {{ id }} as subject_id,
        {{ payment_key }} as payment_key,
        {{ order_id }} as order_id,
        {{ invoice_id }} as invoice_id,
        {{ customer_id }} as customer_id,
        cast({{ amount }} as decimal(19, 4)) as amount,
        {{ currency }} as currency,
        {{ event_at }} as event_at,
        {{ "'" ~ grace ~ "'" if grace else null_text() }} as grace_name,
        {{ reason }} as reason
    from {{ from }}
    where
        {{ where }}
{%- endmacro %}
