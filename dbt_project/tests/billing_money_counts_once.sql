-- Guards against a postpaid invoice lost or doubled on its way to the mart, and against billing money that two documents claim.
with

expected as (
    select
        'postpaid invoices' as counted,
        count(*) as row_count,
        sum(amount) as amount
    from {{ ref('stg_billing__invoices') }}
    where amount > 0
    union all
    select
        'billing payments' as counted,
        count(*) as row_count,
        sum(amount) as amount
    from {{ ref('stg_billing__payments') }}
    where
        kind = 'account'
        and status <> 'cancelled'
    union all
    select
        'billing payments of documents' as counted,
        count(*) as row_count,
        0 as amount
    from {{ ref('int_billing__payments') }}
    where document_id is not null
),

counted as (
    select
        'postpaid invoices' as counted,
        count(*) as row_count,
        sum(amount) as amount
    from {{ ref('fct_postpaid_invoices') }}
    union all
    select
        'billing payments' as counted,
        count(*) as row_count,
        sum(amount) as amount
    from {{ ref('int_billing__payments') }}
    union all
    select
        'billing payments of documents' as counted,
        coalesce(sum(exports.billing_count), 0) as row_count,
        0 as amount
    from {{ ref('int_billing__exports') }} as exports
    inner join {{ ref('fct_billing_exports') }} as listed on exports.document_id = listed.document_id
)

select
    expected.counted,
    expected.row_count as expected_count,
    counted.row_count,
    expected.amount as expected_amount,
    counted.amount
from expected
inner join counted on expected.counted = counted.counted
where
    expected.row_count <> counted.row_count
    or coalesce(expected.amount, 0) <> coalesce(counted.amount, 0)
