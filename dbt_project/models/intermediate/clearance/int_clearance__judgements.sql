-- Whether money or an approval cleared goods at their time: one timeline of money and goods for each invoice, or order
-- where no invoice is known, read at the goods' own place in it (exceptions.md, Cleared at t).
with

goods as (
    select * from {{ ref('int_clearance__goods') }}
),

-- Goods of a known invoice are judged by it, and still use up the money of their order for goods without one.
goods_in_scopes as (
    select
        *,
        'invoice' as scope_type,
        invoice_id as scope_id,
        true as is_judged_here
    from goods
    where is_invoice_known
    union all
    select
        *,
        'order' as scope_type,
        order_id as scope_id,
        not is_invoice_known as is_judged_here
    from goods
    where order_id is not null
    union all
    select
        *,
        'none' as scope_type,
        document_id as scope_id,
        true as is_judged_here
    from goods
    where
        not is_invoice_known
        and order_id is null
),

-- Money in another currency covers nothing: each currency is a timeline of its own.
scopes as (
    select distinct
        goods_type,
        scope_type,
        scope_id,
        currency
    from goods_in_scopes
    where is_judged_here
),

timeline as (
    select
        scopes.goods_type,
        scopes.scope_type,
        scopes.scope_id,
        scopes.currency,
        money.event_at as happened_at,
        0 as turn,
        {{ null_text() }} as document_id,
        false as is_judged_here,
        money.amount as money_amount,
        cast(0 as decimal(19, 4)) as goods_amount,
        cast(0 as decimal(19, 4)) as held_amount
    from scopes
    inner join {{ ref('int_clearance__money') }} as money
        on
            scopes.scope_type = money.scope_type
            and scopes.scope_id = money.scope_id
            and scopes.currency = money.currency
    union all
    select
        scopes.goods_type,
        scopes.scope_type,
        scopes.scope_id,
        scopes.currency,
        goods_in_scopes.judged_at as happened_at,
        case when goods_in_scopes.is_out then 1 else 2 end as turn,
        goods_in_scopes.document_id,
        goods_in_scopes.is_judged_here,
        cast(0 as decimal(19, 4)) as money_amount,
        case when goods_in_scopes.is_out then goods_in_scopes.amount else 0 end as goods_amount,
        case when goods_in_scopes.is_out then 0 else goods_in_scopes.amount end as held_amount
    from scopes
    inner join goods_in_scopes
        on
            scopes.goods_type = goods_in_scopes.goods_type
            and scopes.scope_type = goods_in_scopes.scope_type
            and scopes.scope_id = goods_in_scopes.scope_id
            and scopes.currency = goods_in_scopes.currency
),

running as (
    select
        document_id,
        is_judged_here,
        sum(money_amount) over earlier_and_this as covered_amount,
        -- what went out up to and including these; held ones would come after all that did
        sum(goods_amount) over earlier_and_this + held_amount as needed_amount
    from timeline
    window earlier_and_this as (
        partition by goods_type, scope_type, scope_id, currency
        order by happened_at, turn, document_id
        rows between unbounded preceding and current row
    )
),

covered as (
    select
        document_id,
        cast(covered_amount as decimal(19, 4)) as covered_amount,
        cast(needed_amount as decimal(19, 4)) as needed_amount
    from running
    where is_judged_here
),

approvals as (
    select * from {{ ref('stg_crm__approvals') }}
    where
        actor is not null
        and reason is not null
        and approved_at is not null
),

approvals_of_goods as (
    select
        goods.document_id,
        goods.judged_at,
        approvals.approval_id,
        approvals.source_system,
        approvals.approved_at,
        approvals.valid_until
    from goods
    inner join approvals on goods.invoice_id = approvals.invoice_id
    union all
    select
        goods.document_id,
        goods.judged_at,
        approvals.approval_id,
        approvals.source_system,
        approvals.approved_at,
        approvals.valid_until
    from goods
    inner join approvals on goods.reserve_id = approvals.reserve_id
),

-- The first that was given and still held.
approved as (
    select
        document_id,
        approval_id,
        row_number() over (partition by document_id order by approved_at, approval_id, source_system) as approval_rank
    from approvals_of_goods
    where
        approved_at <= judged_at
        and (valid_until is null or valid_until >= judged_at)
)

select
    goods.*,
    covered.covered_amount,
    covered.needed_amount,
    cast(greatest(covered.needed_amount - covered.covered_amount, 0) as decimal(19, 4)) as missing_amount,
    approved.approval_id as approval_in_force_id,
    case
        when covered.needed_amount <= covered.covered_amount then 'payment'
        when approved.approval_id is not null then 'approval'
        else 'none'
    end as cleared_by
from goods
inner join covered on goods.document_id = covered.document_id
left join approved on goods.document_id = approved.document_id and approved.approval_rank = 1
