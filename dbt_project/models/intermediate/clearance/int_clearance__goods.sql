-- Goods that must be cleared, and when: deliveries as they are shipped, reserves as they are released, held ones now (at T).
with

goods as (
    select
        'delivery' as goods_type,
        document_id,
        source_system,
        delivery_id as goods_id,
        reserve_id,
        invoice_id,
        order_id,
        {{ null_text() }} as customer_id,
        amount,
        currency,
        true as is_out,
        shipped_at as judged_at
    from {{ ref('int_ledger__deliveries') }}
    union all
    select
        'reserve' as goods_type,
        {{ document_id('warehouse.reserves', 'reserve_id') }} as document_id,
        source_system,
        reserve_id as goods_id,
        reserve_id,
        invoice_id,
        order_id,
        customer_id,
        amount,
        currency,
        status = 'released' as is_out,
        case when status = 'released' then released_at else {{ end_of_date(as_of_date()) }} end as judged_at
    from {{ ref('stg_warehouse__reserves') }}
    where status in ('released', 'held')
)

select
    goods.goods_type,
    goods.document_id,
    goods.source_system,
    goods.goods_id,
    goods.reserve_id,
    goods.invoice_id,
    invoices.invoice_id is not null as is_invoice_known,
    coalesce(goods.order_id, invoices.order_id) as order_id,
    coalesce(goods.customer_id, invoices.customer_id) as customer_id,
    goods.amount,
    goods.currency,
    goods.is_out,
    goods.judged_at
from goods
left join {{ ref('int_ledger__invoices') }} as invoices on goods.invoice_id = invoices.invoice_id
