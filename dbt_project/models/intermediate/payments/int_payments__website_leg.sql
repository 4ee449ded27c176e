-- What the website believes of each payment; amount and times are those of its leading row, in any state.
with

documents as (
    select
        *,
        row_number() over (
            partition by payment_key
            order by
                case when status = 'paid' then 0 when status in ('created', 'pending') then 1 else 2 end,
                created_at,
                document_id
        ) as document_rank
    from {{ ref('int_identity__website_payments') }}
)

select
    payment_key,
    order_id,
    invoice_id,
    case
        when status = 'paid' then 'paid'
        when status in ('created', 'pending') then 'pending'
        else 'failed'
    end as website_state,
    status_source,
    amount as website_amount,
    currency,
    created_at,
    case when status = 'paid' then coalesce(paid_at, updated_at, created_at) end as paid_at
from documents
where document_rank = 1
