-- Which reserves may be released, and by what: the warehouse sees only verified and approved.
with

judgements as (
    select * from {{ ref('int_clearance__judgements') }}
    where goods_type = 'reserve'
),

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
)

select
    ---------- ids
    reserves.source_system,
    reserves.reserve_id,
    reserves.invoice_id,
    coalesce(reserves.order_id, invoices.order_id) as order_id,
    ---------- reserve
    reserves.status,
    reserves.amount,
    ---------- clearance
    coalesce(judgements.cleared_by <> 'none', false) as is_cleared,
    coalesce(judgements.cleared_by, 'none') as cleared_by,
    case when judgements.cleared_by = 'approval' then judgements.approval_in_force_id end as approval_id,
    cast(coalesce(judgements.covered_amount, 0) as decimal(19, 4)) as covered_amount,
    cast(coalesce(judgements.missing_amount, 0) as decimal(19, 4)) as missing_amount,
    {{ as_of_date() }} as as_of_date
from {{ ref('stg_warehouse__reserves') }} as reserves
left join invoices on reserves.invoice_id = invoices.invoice_id
left join judgements
    on
        reserves.source_system = judgements.source_system
        and reserves.reserve_id = judgements.goods_id
