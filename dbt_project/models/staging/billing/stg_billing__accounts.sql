with

versions as (
    select
        *,
        {{ version_rank(['personal_account']) }} as version_rank
    from {{ source('raw', 'billing__accounts') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    personal_account,
    customer_id,
    organisation_tax_id,
    ---------- state
    is_active,
    ---------- times
    updated_at,
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
