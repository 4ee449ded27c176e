-- Up to when each code of the catalogue can be judged: the least coverage of the configured contracts that see it.
with

seen_by as (
    select
        exception_seen_by.exception_code,
        -- about a record that is not there, and no contract it could stand in is configured
        {{ any_row('exception_seen_by.must_be_configured') }}
        and not {{ any_row('exception_seen_by.must_be_configured and contracts.contract is not null') }} as is_silent,
        min(contracts.coverage_date) as coverage_date
    from {{ ref('exception_seen_by') }} as exception_seen_by
    left join {{ ref('int_coverage__contracts') }} as contracts on exception_seen_by.contract = contracts.contract
    group by exception_seen_by.exception_code
)

select
    types.exception_code,
    types.exception_class,
    types.severity,
    types.owner,
    types.sla_hours,
    types.makes_pending,
    coalesce(seen_by.is_silent, false) as is_silent,
    coalesce(seen_by.coverage_date, {{ as_of_date() }}) as coverage_date,
    {{ end_of_date('coalesce(seen_by.coverage_date, ' ~ as_of_date() ~ ')') }} as covered_until
from {{ ref('exception_types') }} as types
left join seen_by on types.exception_code = seen_by.exception_code
