with

versions as (
    select
        *,
        {{ version_rank(['contract_id']) }} as version_rank
    from {{ source('raw', 'crm__contracts') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    contract_id,
    customer_id,
    ---------- terms
    currency,
    credit_limit,
    payment_terms_days,
    ---------- people
    responsible_manager,
    personal_account,
    ---------- validity
    valid_from,
    valid_to,
    status,
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
