-- CRM deals with the payment they speak of: by payment_id, else the only payment of their order, else none.
with

deals as (
    select
        {{ document_id('crm.deals', 'deal_id') }} as document_id,
        *
    from {{ ref('stg_crm__deals') }}
),

payments_of_orders as (
    select
        order_id,
        min(payment_key) as payment_key
    from {{ ref('int_payments__identified') }}
    where
        order_id is not null
        and not is_without_leg
    group by order_id
    having count(*) = 1
)

select
    deals.document_id,
    deals.source_system,
    deals.deal_id,
    coalesce(deals.payment_id, payments_of_orders.payment_key) as payment_key,
    deals.order_id,
    deals.invoice_id,
    deals.payment_status,
    case when deals.payment_status in ('paid', 'partially_paid', 'refunded') then 'paid' else 'unpaid' end as crm_state,
    deals.amount,
    deals.currency,
    deals.updated_at,
    deals._file_name,
    deals._file_sha256,
    deals._row_number
from deals
left join payments_of_orders on deals.order_id = payments_of_orders.order_id and deals.payment_id is null
