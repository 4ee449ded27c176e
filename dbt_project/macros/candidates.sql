{#-
    One rule's candidates: the rows of `from` where the condition alone holds. Grace, coverage and severity are data and
    joined once, in int_exceptions__aged (architecture.md, Rules as data).

    code          exception code; subject: its type
    id, columns   expressions over the relation; amount in major units, event_at in UTC
    grace         name in the seed grace_hours, or none for grace 0
    reason        expression of one plain sentence with the numbers in it
    owner         expression of who owns this one; NULL or none given: whom the catalogue names
-#}
{% macro candidate(
    code, from, where, reason, event_at, amount, currency='currency', grace=none,
    subject='payment', id='payment_key', payment_key='payment_key', order_id='order_id', invoice_id='invoice_id', customer_id='customer_id', owner=none
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
        {{ owner or null_text() }} as named_owner,
        {{ reason }} as reason
    from {{ from }}
    where
        {{ where }}
{%- endmacro %}

{#-
    What systems say about the subjects of exceptions: the rows of `from` whose `id` is a subject of that type. `from` has
    document_id, state, amount, currency, event_at, _file_name and _row_number.
-#}
{% macro evidence_rows(subject, from, id) -%}
    select
        subjects.exception_id,
        records.document_id,
        records.state,
        cast(records.amount as decimal(19, 4)) as amount,
        records.currency,
        records.event_at,
        records._file_name as file_name,
        records._row_number as row_number
    from {{ ref('int_exceptions__subjects') }} as subjects
    inner join {{ from }} as records on subjects.subject_id = records.{{ id }}
    where subjects.subject_type = '{{ subject }}'
{%- endmacro %}
