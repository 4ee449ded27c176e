-- What a decision says that raises an exception.
{{ config(materialized='view') }}

with

decisions as (
    select
        subject_id,
        concat('manual.decisions:', subject_id) as document_id,
        concat(
            decision_type, ' by ', actor,
            case when approved_by is null then '' else concat(', approved by ', approved_by) end
        ) as state,
        cast(null as decimal(19, 4)) as amount,
        {{ null_text() }} as currency,
        decided_at as event_at,
        _file_name,
        _row_number
    from {{ ref('int_decisions__decisions') }}
)

{{ evidence_rows('decision', 'decisions', 'subject_id') }}
