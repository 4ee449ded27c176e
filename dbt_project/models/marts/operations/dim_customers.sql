-- Customers as the CRM knows them; where two CRM systems know one customer_id, the first system speaks.
with

customers as (
    select
        *,
        row_number() over (partition by customer_id order by source_system) as system_rank
    from {{ ref('stg_crm__customers') }}
)

select
    ---------- ids
    customer_id,
    tax_id,
    accounting_code,
    personal_account,
    ---------- words
    name,
    customer_type,
    is_active,
    source_system,
    {{ as_of_date() }} as as_of_date
from customers
where system_rank = 1
