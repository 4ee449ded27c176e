-- The catalogue of exceptions in words, English and Russian.
select
    exception_code,
    exception_class,
    severity,
    owner,
    sla_hours,
    title_en,
    title_ru,
    action_en,
    action_ru,
    {{ as_of_date() }} as as_of_date
from {{ ref('exception_types') }}
