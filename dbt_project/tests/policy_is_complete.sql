-- Guards against a policy line that doubles payments, or a missing one that silences a rule.
with

lines as (
    select concat('tolerances ', leg, ' ', currency) as line from {{ ref('tolerances') }}
    union all
    select concat('provider_booking ', source_system) as line from {{ ref('provider_booking') }}
    union all
    select concat('erp_receipt_statuses ', erp_status) as line from {{ ref('erp_receipt_statuses') }}
    union all
    select concat('billing_methods ', document_type) as line from {{ ref('billing_methods') }}
    union all
    select concat('grace_hours ', grace_name) as line from {{ ref('grace_hours') }}
    union all
    select concat('lag_days ', lag_name) as line from {{ ref('lag_days') }}
    union all
    select concat('non_working_days ', non_working_date) as line from {{ ref('non_working_days') }}
    union all
    select concat('exception_types ', exception_code) as line from {{ ref('exception_types') }}
    union all
    select concat('exception_seen_by ', exception_code, ' ', contract) as line from {{ ref('exception_seen_by') }}
)

select
    line,
    count(*) as line_count
from lines
group by line
having count(*) > 1

union all

select
    'lag_days posting_lag_days' as line,
    0 as line_count
from (
    select count(*) as line_count
    from {{ ref('lag_days') }}
    where lag_name = 'posting_lag_days'
) as lag_lines
where line_count = 0
