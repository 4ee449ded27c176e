-- Deliveries that were not cancelled, with the invoice they ship: their own, else their reserve's.
select
    concat('warehouse.deliveries:', deliveries.source_system, ':', deliveries.delivery_id) as document_id,
    deliveries.source_system,
    deliveries.delivery_id,
    deliveries.reserve_id,
    coalesce(deliveries.invoice_id, reserves.invoice_id) as invoice_id,
    coalesce(deliveries.order_id, reserves.order_id) as order_id,
    deliveries.amount,
    deliveries.currency,
    deliveries.shipped_at
from {{ ref('stg_warehouse__deliveries') }} as deliveries
left join {{ ref('stg_warehouse__reserves') }} as reserves
    on
        deliveries.source_system = reserves.source_system
        and deliveries.reserve_id = reserves.reserve_id
where deliveries.status <> 'cancelled'
