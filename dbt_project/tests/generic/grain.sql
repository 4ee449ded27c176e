{#- One row per key, and no key without a value: guards against fan-out joins and lost keys. -#}
{% test grain(model, columns) %}
-- a template loop over the columns has its own indentation:
-- noqa: disable=LT02
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
