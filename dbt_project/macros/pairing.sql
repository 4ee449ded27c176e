{#-
    Pairs the rows of two CTEs that are equal in `keys`, n to n in time order; what is left over stays unpaired
    (matching.md, Refunds and Bank). Both CTEs carry document_id, event_at and the keys; a row with a NULL key pairs with nothing.
-#}
{% macro pair_in_time_order(left, right, keys) -%}
    select
        left_rows.document_id as left_id,
        right_rows.document_id as right_id
    from (
        select
            *,
            row_number() over (partition by {{ keys | join(', ') }} order by event_at, document_id) as pair_rank
        from {{ left }}
    ) as left_rows
    inner join (
        select
            *,
            row_number() over (partition by {{ keys | join(', ') }} order by event_at, document_id) as pair_rank
        from {{ right }}
    ) as right_rows
        on
            left_rows.pair_rank = right_rows.pair_rank
            {%- for key in keys %}
            and left_rows.{{ key }} = right_rows.{{ key }}
            {%- endfor %}
{%- endmacro %}

{#- Ids that both sides know and that differ. -#}
{% macro ids_conflict(left, right) -%}
    coalesce({{ left }} <> {{ right }}, false)
{%- endmacro %}
