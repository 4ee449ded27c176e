with

latest_files as (
    {{ latest_extract_files('erp.export_queue') }}
),

latest_extract as (
    select queue.*
    from {{ source('raw', 'erp__export_queue') }} as queue
    inner join latest_files
        on
            queue._feed = latest_files.feed
            and queue._extract_date = latest_files.extract_date
            and queue._delivery = latest_files.delivery
),

versions as (
    select
        *,
        {{ version_rank(['erp_document_id'], updated_at=none) }} as version_rank
    from latest_extract
)

select
    ---------- ids
    erp_document_id,
    ---------- times
    queued_at,
    ---------- attempts
    attempts,
    last_error,
    ---------- source
    source_system,
    _feed,
    _extract_date,
    _file_name,
    _file_sha256,
    _delivery,
    _row_number
from versions
where version_rank = 1
