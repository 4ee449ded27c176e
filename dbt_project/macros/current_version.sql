{#- Which version of a record is current as of D (contracts.md, Versions). -#}

{#- 1 for the current version of each key: a stale re-send does not undo a newer change, and no two rows tie. -#}
{% macro version_rank(key, updated_at='updated_at') -%}
    row_number() over (
            partition by source_system, {{ key | join(', ') }}
            order by
                {{ version_time(updated_at) }} desc,
                _extract_date desc,
                _delivery desc,
                _row_number desc,
                _feed desc
        )
{%- endmacro %}

{#- `updated_at`, never later than the end of the extract date, which also stands in when there is none. -#}
{% macro version_time(updated_at) -%}
    {%- set end_of_extract_date = end_of_date('_extract_date') -%}
    {%- if updated_at is none -%}
        {{ end_of_extract_date }}
    {%- else -%}
        least(coalesce({{ updated_at }}, {{ end_of_extract_date }}), {{ end_of_extract_date }})
    {%- endif -%}
{%- endmacro %}

{#- The files that make up what exists of a snapshot contract as of D: of each feed's latest extract, an empty one
    included, the latest loaded delivery of each file name. -#}
{% macro latest_extract_files(contract) -%}
    select
        feed,
        extract_date,
        delivery
    from (
        select
            feed,
            extract_date,
            delivery,
            rank() over (partition by feed order by extract_date desc) as extract_rank,
            rank() over (partition by feed, extract_date, file_name order by delivery desc) as delivery_rank
        from {{ source('ops', 'load_log') }}
        where
            contract = '{{ contract }}'
            and outcome = 'loaded'
            and extract_date <= {{ as_of_date() }}
    ) as loads
    where
        extract_rank = 1
        and delivery_rank = 1
{%- endmacro %}
