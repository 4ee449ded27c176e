-- Goods that went out, or did not, against what their invoices and orders cover (exceptions.md, Invoices, goods, credit).
with

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

judgements as (
    select
        *,
        concat(source_system, ':', goods_id) as subject_id
    from {{ ref('int_clearance__judgements') }}
),

uncleared as (
    select * from judgements
    where
        is_out
        and cleared_by = 'none'
),

held_though_paid as (
    select
        judgements.*,
        balances.paid_amount,
        balances.last_event_at
    from judgements
    inner join {{ ref('fct_invoice_balances') }} as balances on judgements.invoice_id = balances.invoice_id
    where
        judgements.goods_type = 'reserve'
        and not judgements.is_out
        and balances.debt_amount = 0
        and balances.paid_amount > 0
),

deliveries as (
    select * from {{ ref('int_ledger__deliveries') }}
),

delivered as (
    select
        invoice_id,
        currency,
        sum(amount) as delivered_amount,
        max(shipped_at) as last_shipped_at
    from deliveries
    group by invoice_id, currency
),

returned as (
    select
        invoice_id,
        currency,
        sum(amount) as returned_amount,
        max(returned_at) as last_returned_at
    from {{ ref('int_ledger__returns') }}
    group by invoice_id, currency
),

-- Of a draft or a cancelled invoice nothing is invoiced. Goods in another currency are not compared; nothing clears them.
goods_of_invoices as (
    select
        invoices.invoice_id,
        invoices.order_id,
        invoices.customer_id,
        invoices.currency,
        case when invoices.is_issued then invoices.amount else 0 end as invoice_amount,
        delivered.delivered_amount - coalesce(returned.returned_amount, 0) as kept_amount,
        greatest(
            delivered.last_shipped_at,
            coalesce(returned.last_returned_at, delivered.last_shipped_at),
            invoices.changed_at
        ) as last_happened_at
    from invoices
    inner join delivered
        on
            invoices.invoice_id = delivered.invoice_id
            and invoices.currency = delivered.currency
    left join returned
        on
            invoices.invoice_id = returned.invoice_id
            and invoices.currency = returned.currency
),

orders as (
    select distinct order_id
    from {{ ref('stg_website__orders') }}
),

of_nothing_known as (
    select
        deliveries.*,
        {{ null_text() }} as customer_id,
        concat(deliveries.source_system, ':', deliveries.delivery_id) as subject_id
    from deliveries
    left join invoices on deliveries.invoice_id = invoices.invoice_id
    left join orders on deliveries.order_id = orders.order_id
    where
        invoices.invoice_id is null
        and orders.order_id is null
),

{% set uncovered = "', with earlier ones ', " ~ money_text('needed_amount', 'currency') ~ ", ', when ', "
    ~ money_text('covered_amount', 'currency') ~ ", ' was covered and no approval held'" %}

candidates as (

    {{ candidate(
        'shipped_without_clearance', from='uncleared', where="goods_type = 'delivery'",
        subject='delivery', id='subject_id', payment_key=null_text(), event_at='judged_at', amount='amount',
        reason="concat('Goods for ', " ~ money_text('amount', 'currency') ~ ", ' were shipped', " ~ uncovered ~ ")"
    ) }}

    union all

    {{ candidate(
        'reserve_released_without_clearance', from='uncleared', where="goods_type = 'reserve'",
        subject='reserve', id='subject_id', payment_key=null_text(), event_at='judged_at', amount='amount',
        reason="concat('A reserve of ', " ~ money_text('amount', 'currency') ~ ", ' was released', " ~ uncovered ~ ")"
    ) }}

    union all

    {{ candidate(
        'reserve_not_released', from='held_though_paid', where="true",
        subject='reserve', id='subject_id', payment_key=null_text(), grace='reserve_release', event_at='last_event_at', amount='amount',
        reason="concat('A reserve of ', " ~ money_text('amount', 'currency')
            ~ ", ' is held although nothing is owed on its invoice: paid ', " ~ money_text('paid_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'delivery_exceeds_invoice', from='goods_of_invoices', where="kept_amount > invoice_amount",
        subject='invoice', id='invoice_id', payment_key=null_text(), event_at='last_happened_at', amount='kept_amount - invoice_amount',
        reason="concat('Delivered ', " ~ money_text('kept_amount', 'currency') ~ ", ' after returns, invoiced ', "
            ~ money_text('invoice_amount', 'currency') ~ ", ': ', " ~ money_text('kept_amount - invoice_amount', 'currency') ~ ", ' too much')"
    ) }}

    union all

    {{ candidate(
        'delivery_without_invoice', from='of_nothing_known', where="true",
        subject='delivery', id='subject_id', payment_key=null_text(), event_at='shipped_at', amount='amount',
        reason="concat('Goods for ', " ~ money_text('amount', 'currency') ~ ", ' were shipped for invoice ', coalesce(invoice_id, 'none'), ' and order ', coalesce(order_id, 'none'), ': neither is known')"
    ) }}
)

select * from candidates
