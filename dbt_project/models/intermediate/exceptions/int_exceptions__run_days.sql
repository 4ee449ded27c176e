-- The dates that were run, in order: an exception not seen on one of them was closed then.
select
    as_of_date,
    row_number() over (order by as_of_date) as run_number
from (
    select distinct as_of_date
    from {{ ref('fct_source_coverage') }}
) as days
