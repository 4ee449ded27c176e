-- What became of the files of feeds that raise exceptions.
{{ config(materialized='view') }}

with

files as (
    select
        concat(feed, ':', extract_date) as subject_id,
        concat(file_name, ' #', delivery) as document_id,
        coalesce(refusal_reason, concat(rows_rejected, ' of ', rows_read, ' rows rejected')) as state,
        {{ start_of_date('extract_date') }} as event_at,
        cast(null as decimal(19, 4)) as amount,
        {{ null_text() }} as currency,
        file_name as _file_name,
        cast(null as bigint) as _row_number
    from {{ source('ops', 'load_log') }}
    where
        extract_date <= {{ as_of_date() }}
        and (outcome = 'refused' or rows_rejected > 0)
)

{{ evidence_rows('feed', 'files', 'subject_id') }}
