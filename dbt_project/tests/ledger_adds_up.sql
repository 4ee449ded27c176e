-- Identities of ledger.md, exact to the last digit: an invoice's events, its balance, and its parts.
with

events as (
    select
        *,
        row_number() over (
            partition by invoice_id
            order by
                case when event_kind = 'issued' then 1 else 0 end,
                event_at desc,
                case event_kind
                    when 'return' then 1 when 'adjustment' then 2 when 'prepayment' then 3 when 'payment' then 3
                    when 'overpayment' then 3 when 'refund' then 4 when 'dispute_lost' then 5
                end desc,
                document_id desc,
                balance_after
        ) as event_rank
    from {{ ref('fct_invoice_ledger') }}
),

sums as (
    select
        invoice_id,
        sum(amount) as ledger_amount,
        max(case when event_rank = 1 then balance_after end) as last_balance
    from events
    group by invoice_id
)

select
    balances.invoice_id,
    sums.ledger_amount,
    sums.last_balance,
    balances.balance_amount
from {{ ref('fct_invoice_balances') }} as balances
left join sums on balances.invoice_id = sums.invoice_id
where
    coalesce(sums.ledger_amount, 0) <> balances.balance_amount
    or coalesce(sums.last_balance, 0) <> balances.balance_amount
    or balances.debt_amount - balances.overpayment_amount <> balances.balance_amount
    or balances.invoice_amount - balances.paid_amount - balances.returned_amount + balances.refunded_amount
    + balances.disputed_amount + balances.adjusted_amount <> balances.balance_amount
