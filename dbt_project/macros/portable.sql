{#- What differs between engines. The default is Spark; DuckDB has its own where the names differ. -#}

{#- The sorted list of the distinct non-null values of a group. -#}
{% macro list_distinct(expression) -%}
    {{ return(adapter.dispatch('list_distinct', 'sverka')(expression)) }}
{%- endmacro %}

{% macro default__list_distinct(expression) -%}
    sort_array(collect_set({{ expression }}))
{%- endmacro %}

{% macro duckdb__list_distinct(expression) -%}
    coalesce(list_sort(list(distinct {{ expression }}) filter (where {{ expression }} is not null)), [])
{%- endmacro %}

{#- One row for each member of a list; stands alone in a select list. -#}
{% macro each(list) -%}
    {{ return(adapter.dispatch('each', 'sverka')(list)) }}
{%- endmacro %}

{% macro default__each(list) -%}
    explode({{ list }})
{%- endmacro %}

{% macro duckdb__each(list) -%}
    unnest({{ list }})
{%- endmacro %}

{#- A list with one member. -#}
{% macro list_of(member) -%}
    {{ return(adapter.dispatch('list_of', 'sverka')(member)) }}
{%- endmacro %}

{% macro default__list_of(member) -%}
    array({{ member }})
{%- endmacro %}

{% macro duckdb__list_of(member) -%}
    [{{ member }}]
{%- endmacro %}

{#- A list without members. -#}
{% macro empty_list(type='text') -%}
    {{ return(adapter.dispatch('empty_list', 'sverka')(type)) }}
{%- endmacro %}

{% macro default__empty_list(type='text') -%}
    cast(array() as array<{{ 'string' if type == 'text' else type }}>)
{%- endmacro %}

{% macro duckdb__empty_list(type='text') -%}
    cast([] as {{ type }}[])
{%- endmacro %}

{#- A JSON object text of name → expression pairs; NULLs stay as null. -#}
{% macro json_object_text(members) -%}
    {{ return(adapter.dispatch('json_object_text', 'sverka')(members)) }}
{%- endmacro %}

{% macro default__json_object_text(members) -%}
    to_json(named_struct(
        {%- for name, expression in members.items() %}'{{ name }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor -%}
    ), map('ignoreNullFields', 'false'))
{%- endmacro %}

{% macro duckdb__json_object_text(members) -%}
    cast(json_object(
        {%- for name, expression in members.items() %}'{{ name }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor -%}
    ) as text)
{%- endmacro %}

{#- The texts of a group joined in a stated order. -#}
{% macro join_texts(text, separator, order_by) -%}
    {{ return(adapter.dispatch('join_texts', 'sverka')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__join_texts(text, separator, order_by) -%}
    array_join(transform(sort_array(collect_list(struct({{ order_by }} as position, {{ text }} as member))), x -> x.member), '{{ separator }}')
{%- endmacro %}

{% macro duckdb__join_texts(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{#- Money as people read it: `12 000.00 AMD`. -#}
{% macro money_text(amount, currency) -%}
    {{ return(adapter.dispatch('money_text', 'sverka')(amount, currency)) }}
{%- endmacro %}

{% macro default__money_text(amount, currency) -%}
    concat(coalesce(replace(format_number({{ amount }}, 2), ',', ' '), ''), ' ', coalesce({{ currency }}, ''))
{%- endmacro %}

{% macro duckdb__money_text(amount, currency) -%}
    concat(replace(format('{:,.2f}', {{ amount }}), ',', ' '), ' ', coalesce({{ currency }}, ''))
{%- endmacro %}

{#- True when any row of the group fulfils the condition; false for none. -#}
{% macro any_row(condition) -%}
    (count(case when {{ condition }} then 1 end) > 0)
{%- endmacro %}

{#- A NULL of type text. -#}
{% macro null_text() -%}
    cast(null as {{ dbt.type_string() }})
{%- endmacro %}
