-- Guards against an exception lost or doubled between the rules and the list, and against a code the catalogue does not know.
with

beyond as (
    select count(distinct exception_id) as exception_count
    from {{ ref('int_exceptions__aged') }}
    where is_beyond_grace
),

listed as (
    select count(*) as exception_count
    from {{ ref('fct_exceptions') }}
    where state <> 'auto_closed'
),

unknown_codes as (
    select count(*) as candidate_count
    from {{ ref('int_exceptions__candidates') }} as candidates
    left join {{ ref('exception_types') }} as types on candidates.exception_code = types.exception_code
    left join {{ ref('grace_hours') }} as grace_hours on candidates.grace_name = grace_hours.grace_name
    where
        types.exception_code is null
        or (candidates.grace_name is not null and grace_hours.grace_name is null)
)

select
    beyond.exception_count as beyond_count,
    listed.exception_count as listed_count,
    unknown_codes.candidate_count as unknown_count
from beyond
cross join listed
cross join unknown_codes
where
    beyond.exception_count <> listed.exception_count
    or unknown_codes.candidate_count > 0
