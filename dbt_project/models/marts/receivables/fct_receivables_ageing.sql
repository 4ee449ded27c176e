-- Debt per customer and currency by how long it is overdue.
select
    coalesce(customer_id, '(unknown)') as customer_id,
    currency,
    ageing_bucket,
    cast(sum(debt_amount) as decimal(19, 4)) as debt_amount,
    count(*) as invoice_count,
    {{ as_of_date() }} as as_of_date
from {{ ref('fct_invoice_balances') }}
where debt_amount > 0
group by coalesce(customer_id, '(unknown)'), currency, ageing_bucket
