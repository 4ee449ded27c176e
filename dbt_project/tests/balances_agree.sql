-- Customer balances, ageing and the daily summary say the same as the invoices and payments they sum.
with

invoices as (
    select
        currency,
        sum(debt_amount) as debt_amount,
        sum(overpayment_amount) as overpayment_amount
    from {{ ref('fct_invoice_balances') }}
    group by currency
),

customers as (
    select
        currency,
        sum(debt_amount) as debt_amount,
        sum(overpayment_amount) as overpayment_amount,
        sum(unapplied_amount) as unapplied_amount
    from {{ ref('fct_customer_balances') }}
    group by currency
),

ageing as (
    select
        currency,
        sum(debt_amount) as debt_amount
    from {{ ref('fct_receivables_ageing') }}
    group by currency
),

summary as (
    select *
    from {{ ref('fct_daily_summary') }}
    where as_of_date = {{ as_of_date() }}
)

select summary.currency
from summary
left join invoices on summary.currency = invoices.currency
left join customers on summary.currency = customers.currency
left join ageing on summary.currency = ageing.currency
where
    summary.debt_amount <> coalesce(invoices.debt_amount, 0)
    or summary.debt_amount <> coalesce(customers.debt_amount, 0)
    or summary.debt_amount <> coalesce(ageing.debt_amount, 0)
    or summary.overpayment_amount <> coalesce(invoices.overpayment_amount, 0)
    or summary.overpayment_amount <> coalesce(customers.overpayment_amount, 0)
    or summary.unapplied_amount <> coalesce(customers.unapplied_amount, 0)
    or summary.payment_count <> summary.matched_count + summary.mismatched_count + summary.missing_count
    + summary.ambiguous_count + summary.pending_count + summary.accepted_count + summary.not_applicable_count
    or summary.payment_amount <> summary.matched_amount + summary.mismatched_amount + summary.missing_amount
    + summary.ambiguous_amount + summary.pending_amount + summary.accepted_amount + summary.not_applicable_amount
