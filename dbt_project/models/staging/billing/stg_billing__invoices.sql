with

versions as (
    select
        *,
        {{ version_rank(['platform_invoice_id']) }} as version_rank
    from {{ source('raw', 'billing__invoices') }}
    where _extract_date <= {{ as_of_date() }}
)

select
    ---------- ids
    platform_invoice_id,
    account_id,
    customer_id,
    ---------- period
    billing_period_start,
    billing_period_end,
    status,
    ---------- amounts
    amount,
    currency,
    external_total,
    external_currency,
    blocked_charges_amount,
    ---------- times
    closed_at,
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
