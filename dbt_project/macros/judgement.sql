{#-
    The match_status of the subjects of one type that are not matched: mismatched or missing when an open code of class
    M or A holds, else pending while something required is not there inside its grace (product.md).
-#}
{% macro judged_subjects(subject) -%}
    select
        subject_id,
        case
            when {{ any_row("exception_class = 'mismatch'") }} then 'mismatched'
            when {{ any_row("exception_class = 'absent'") }} then 'missing'
            else 'pending'
        end as match_status
    from (
        select
            subject_id,
            exception_class
        from {{ ref('int_exceptions__life') }}
        where
            as_of_date = {{ as_of_date() }}
            and subject_type = '{{ subject }}'
            and state in ('open', 'snoozed')
            and exception_class <> 'operational'
        union all
        select
            subject_id,
            'waiting' as exception_class
        from {{ ref('int_exceptions__aged') }}
        where
            subject_type = '{{ subject }}'
            and makes_pending
            and not is_beyond_grace
    ) as signs
    group by subject_id
{%- endmacro %}
