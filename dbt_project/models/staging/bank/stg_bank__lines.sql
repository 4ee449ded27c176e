with

versions as (
    select
        *,
        {{ version_rank(['bank_line_id'], updated_at=none) }} as version_rank
    from {{ source('raw', 'bank__lines') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    bank_line_id,
    account,
    ---------- date
    booked_date,
    ---------- amounts
    amount,
    currency,
    ---------- counterparty
    counterparty_name,
    counterparty_tax_id,
    purpose,
    ---------- links
    bank_reference,
    erp_document_id,
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
