-- What each invoice still owes, or owes back, as of D: the sum of its ledger events beside what was shipped of it.
with

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

sums as (
    select
        invoice_id,
        sum(case when event_kind = 'issued' then amount else 0 end) as invoice_amount,
        -sum(case when event_kind in ('prepayment', 'payment', 'overpayment') then amount else 0 end) as paid_amount,
        -sum(case when event_kind = 'prepayment' then amount else 0 end) as prepaid_amount,
        sum(case when event_kind = 'refund' then amount else 0 end) as refunded_amount,
        sum(case when event_kind = 'dispute_lost' then amount else 0 end) as disputed_amount,
        -sum(case when event_kind = 'return' then amount else 0 end) as returned_amount,
        sum(case when event_kind = 'adjustment' then amount else 0 end) as adjusted_amount,
        -sum(case when event_kind = 'adjustment' and amount < 0 then amount else 0 end) as adjusted_off_amount,
        sum(amount) as balance_amount,
        max(event_at) as last_event_at
    from {{ ref('fct_invoice_ledger') }}
    group by invoice_id
),

deliveries as (
    select
        deliveries.invoice_id,
        sum(deliveries.amount) as delivered_amount
    from {{ ref('int_ledger__deliveries') }} as deliveries
    inner join invoices
        on
            deliveries.invoice_id = invoices.invoice_id
            and deliveries.currency = invoices.currency
    group by deliveries.invoice_id
),

balances as (
    select
        invoices.invoice_id,
        invoices.customer_id,
        invoices.contract_id,
        invoices.order_id,
        invoices.currency,
        invoices.status as invoice_status,
        invoices.due_date,
        coalesce(sums.invoice_amount, 0) as invoice_amount,
        coalesce(sums.paid_amount, 0) as paid_amount,
        coalesce(sums.prepaid_amount, 0) as prepaid_amount,
        coalesce(sums.refunded_amount, 0) as refunded_amount,
        coalesce(sums.disputed_amount, 0) as disputed_amount,
        coalesce(sums.returned_amount, 0) as returned_amount,
        coalesce(sums.adjusted_amount, 0) as adjusted_amount,
        coalesce(sums.adjusted_off_amount, 0) as adjusted_off_amount,
        coalesce(deliveries.delivered_amount, 0) as delivered_amount,
        coalesce(sums.balance_amount, 0) as balance_amount,
        sums.last_event_at
    from invoices
    left join sums on invoices.invoice_id = sums.invoice_id
    left join deliveries on invoices.invoice_id = deliveries.invoice_id
    where
        sums.invoice_id is not null
        or (invoices.is_in_crm and invoices.status <> 'draft')
),

aged as (
    select
        *,
        case
            when balance_amount > 0 and due_date < {{ as_of_date() }} then {{ days_between('due_date', as_of_date()) }}
            else 0
        end as days_overdue
    from balances
)

select
    ---------- ids
    invoice_id,
    customer_id,
    contract_id,
    order_id,
    currency,
    invoice_status,
    ---------- amounts
    cast(invoice_amount as decimal(19, 4)) as invoice_amount,
    cast(paid_amount as decimal(19, 4)) as paid_amount,
    cast(prepaid_amount as decimal(19, 4)) as prepaid_amount,
    cast(refunded_amount as decimal(19, 4)) as refunded_amount,
    cast(disputed_amount as decimal(19, 4)) as disputed_amount,
    cast(returned_amount as decimal(19, 4)) as returned_amount,
    cast(adjusted_amount as decimal(19, 4)) as adjusted_amount,
    cast(delivered_amount as decimal(19, 4)) as delivered_amount,
    cast(balance_amount as decimal(19, 4)) as balance_amount,
    cast(greatest(balance_amount, 0) as decimal(19, 4)) as debt_amount,
    cast(greatest(-balance_amount, 0) as decimal(19, 4)) as overpayment_amount,
    cast(
        greatest(
            delivered_amount - returned_amount - adjusted_off_amount - (paid_amount - refunded_amount - disputed_amount), 0
        ) as decimal(19, 4)
    ) as exposure_amount,
    ---------- ageing
    due_date,
    cast(days_overdue as integer) as days_overdue,
    case
        when days_overdue = 0 then 'not_due'
        when days_overdue <= 30 then '1-30'
        when days_overdue <= 60 then '31-60'
        when days_overdue <= 90 then '61-90'
        else '90+'
    end as ageing_bucket,
    case
        when invoice_status = 'cancelled' and balance_amount = 0 then 'cancelled'
        when balance_amount < 0 then 'overpaid'
        when balance_amount = 0 then 'closed'
        when paid_amount > 0 then 'partially_paid'
        else 'open'
    end as balance_status,
    last_event_at,
    {{ as_of_date() }} as as_of_date
from aged
