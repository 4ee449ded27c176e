-- What fiscal sale receipts say of each payment; receipts of kind offset move no money and count for nothing.
with

receipts as (
    select
        *,
        row_number() over (partition by payment_key order by created_at desc, document_id desc) as latest_rank
    from {{ ref('int_identity__fiscal_receipts') }}
    where settlement_kind = 'payment'
)

select
    payment_key,
    case
        when {{ any_row("receipt_state = 'success'") }} then 'success'
        else max(case when latest_rank = 1 then receipt_state end)
    end as fiscal_state,
    count(case when receipt_state = 'success' then 1 end) as success_count,
    cast(sum(case when receipt_state = 'success' then amount end) as decimal(19, 4)) as fiscal_amount,
    coalesce(
        min(case when receipt_state = 'success' then currency end),
        max(case when latest_rank = 1 then currency end)
    ) as currency,
    count(distinct case when receipt_state = 'success' then currency end) as currency_count,
    min(created_at) as created_at,
    min(case when receipt_state = 'success' then coalesce(registered_at, created_at) end) as registered_at,
    max(case when receipt_state = 'success' then coalesce(registered_at, created_at) end) as last_registered_at,
    max(case when latest_rank = 1 then created_at end) as latest_created_at,
    max(case when latest_rank = 1 then error_message end) as latest_error
from receipts
group by payment_key
