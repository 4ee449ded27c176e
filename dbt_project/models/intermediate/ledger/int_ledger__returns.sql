-- Received returns, with the invoice they give goods back for: their own, else their delivery's or its reserve's.
select
    concat('warehouse.returns:', returns.source_system, ':', returns.return_id) as document_id,
    coalesce(returns.invoice_id, deliveries.invoice_id, reserves.invoice_id) as invoice_id,
    returns.amount,
    returns.currency,
    returns.returned_at,
    returns.reason
from {{ ref('stg_warehouse__returns') }} as returns
left join {{ ref('stg_warehouse__deliveries') }} as deliveries
    on
        returns.source_system = deliveries.source_system
        and returns.delivery_id = deliveries.delivery_id
left join {{ ref('stg_warehouse__reserves') }} as reserves
    on
        deliveries.source_system = reserves.source_system
        and deliveries.reserve_id = reserves.reserve_id
where returns.status = 'received'
