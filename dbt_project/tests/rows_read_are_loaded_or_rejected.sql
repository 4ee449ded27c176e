-- a template loop over the tables has its own indentation:
-- noqa: disable=LT02
-- Guards against rows that vanish between file and warehouse: every row read is loaded or in quarantine,
-- nothing of a refused or repeated file is loaded, and raw holds exactly the rows the load log counts as of D.
{%- set tables = [
    'bank__lines',
    'billing__invoices',
    'billing__payments',
    'billing__accounts',
    'crm__customers',
    'crm__contracts',
    'crm__invoices',
    'crm__payment_requests',
    'crm__deals',
    'crm__approvals',
    'erp__payments',
    'erp__refunds',
    'erp__invoices',
    'erp__adjustments',
    'erp__export_queue',
    'fiscal__receipts',
    'manual__decisions',
    'provider__payments',
    'provider__refunds',
    'provider__disputes',
    'provider__payouts',
    'warehouse__reserves',
    'warehouse__deliveries',
    'warehouse__returns',
    'website__orders',
    'website__payments',
] %}

with

files as (
    select
        contract,
        outcome,
        coalesce(rows_read, 0) as rows_read,
        coalesce(rows_loaded, 0) as rows_loaded,
        coalesce(rows_rejected, 0) as rows_rejected,
        concat(feed, ' ', extract_date, ' ', file_name) as file
    from {{ source('ops', 'load_log') }}
    where extract_date <= {{ as_of_date() }}
),

loaded_rows as (
    select
        contract,
        sum(rows_loaded) as rows_expected
    from files
    group by contract
),

raw_rows as (
    {% for table in tables %}
        select
            '{{ table | replace('__', '.') }}' as contract,
            count(*) as rows_found
        from {{ source('raw', table) }}
        where _extract_date <= {{ as_of_date() }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    contract,
    file as place,
    rows_read as rows_expected,
    rows_loaded + rows_rejected as rows_found
from files
where
    (outcome = 'loaded' and rows_read <> rows_loaded + rows_rejected)
    or (outcome <> 'loaded' and rows_loaded <> 0)
union all
select
    raw_rows.contract,
    'raw' as place,
    coalesce(loaded_rows.rows_expected, 0) as rows_expected,
    raw_rows.rows_found
from raw_rows
left join loaded_rows on raw_rows.contract = loaded_rows.contract
where coalesce(loaded_rows.rows_expected, 0) <> raw_rows.rows_found
