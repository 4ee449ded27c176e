-- The same verdict by another road: what released reserves of known invoices miss, from the published ledger alone; and
-- goods are on the list exactly when nothing cleared them. Guards against a timeline that loses or doubles money.
with

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

released as (
    select
        reserves.source_system,
        reserves.reserve_id,
        reserves.invoice_id,
        reserves.currency,
        reserves.amount,
        reserves.released_at,
        invoices.currency as invoice_currency
    from {{ ref('stg_warehouse__reserves') }} as reserves
    inner join invoices on reserves.invoice_id = invoices.invoice_id
    where reserves.status = 'released'
),

covered as (
    select
        released.source_system,
        released.reserve_id,
        -sum(ledger.amount) as covered_amount
    from released
    inner join {{ ref('fct_invoice_ledger') }} as ledger
        on
            released.invoice_id = ledger.invoice_id
            and released.currency = ledger.currency
            and ledger.event_at <= released.released_at
    where ledger.event_kind <> 'issued'
    group by released.source_system, released.reserve_id
),

needed as (
    select
        this_one.source_system,
        this_one.reserve_id,
        sum(earlier.amount) as needed_amount
    from released as this_one
    inner join released as earlier
        on
            this_one.invoice_id = earlier.invoice_id
            and this_one.currency = earlier.currency
            and (
                earlier.released_at < this_one.released_at
                or (
                    earlier.released_at = this_one.released_at
                    and concat(earlier.source_system, ':', earlier.reserve_id) <= concat(this_one.source_system, ':', this_one.reserve_id)
                )
            )
    group by this_one.source_system, this_one.reserve_id
),

uncleared as (
    select
        'shipped_without_clearance' as exception_code,
        concat(source_system, ':', goods_id) as subject_id
    from {{ ref('int_clearance__judgements') }}
    where
        goods_type = 'delivery'
        and cleared_by = 'none'
    union all
    select
        'reserve_released_without_clearance' as exception_code,
        concat(source_system, ':', reserve_id) as subject_id
    from {{ ref('fct_reserve_clearance') }}
    where
        status = 'released'
        and not is_cleared
),

listed as (
    select
        exception_code,
        subject_id
    from {{ ref('int_exceptions__candidates') }}
    where exception_code in ('shipped_without_clearance', 'reserve_released_without_clearance')
)

select
    'covers otherwise than the ledger' as difference,
    concat(clearance.source_system, ':', clearance.reserve_id) as subject_id
from {{ ref('fct_reserve_clearance') }} as clearance
inner join needed
    on
        clearance.source_system = needed.source_system
        and clearance.reserve_id = needed.reserve_id
left join covered
    on
        clearance.source_system = covered.source_system
        and clearance.reserve_id = covered.reserve_id
where
    clearance.covered_amount <> coalesce(covered.covered_amount, 0)
    or clearance.missing_amount <> greatest(needed.needed_amount - coalesce(covered.covered_amount, 0), 0)

union all

select
    'uncleared and not listed, or the reverse' as difference,
    coalesce(uncleared.subject_id, listed.subject_id) as subject_id
from uncleared
full join listed
    on
        uncleared.exception_code = listed.exception_code
        and uncleared.subject_id = listed.subject_id
where
    uncleared.subject_id is null
    or listed.subject_id is null

union all

select
    'goods judged never or twice' as difference,
    goods.document_id as subject_id
from {{ ref('int_clearance__goods') }} as goods
left join {{ ref('int_clearance__judgements') }} as judgements on goods.document_id = judgements.document_id
group by goods.document_id
having count(judgements.document_id) <> 1
