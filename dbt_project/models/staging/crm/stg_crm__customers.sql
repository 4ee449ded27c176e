with

versions as (
    select
        *,
        {{ version_rank(['customer_id']) }} as version_rank
    from {{ source('raw', 'crm__customers') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    customer_id,
    ---------- who
    name,
    customer_type,
    ---------- codes
    tax_id,
    accounting_code,
    personal_account,
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
