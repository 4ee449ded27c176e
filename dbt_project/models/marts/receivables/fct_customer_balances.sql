-- What each customer owes and is owed per currency: invoices, unapplied money, adjustments without invoice, credit.
-- Money nobody can be named for stays in sight under the customer '(unknown)'.
with

invoices as (
    select
        coalesce(customer_id, '(unknown)') as customer_id,
        currency,
        sum(invoice_amount) as invoiced_amount,
        sum(paid_amount) as paid_amount,
        sum(debt_amount) as debt_amount,
        sum(case when days_overdue > 0 then debt_amount else 0 end) as overdue_amount,
        sum(overpayment_amount) as overpayment_amount,
        sum(exposure_amount) as exposure_amount
    from {{ ref('fct_invoice_balances') }}
    group by coalesce(customer_id, '(unknown)'), currency
),

unapplied as (
    select
        coalesce(customer_id, '(unknown)') as customer_id,
        currency,
        sum(amount) as unapplied_amount
    from {{ ref('fct_unapplied_payments') }}
    group by coalesce(customer_id, '(unknown)'), currency
),

-- An adjustment of an unknown invoice, or in another currency than its invoice's, is without an invoice too.
adjustments as (
    select
        coalesce(adjustments.customer_id, named.customer_id, '(unknown)') as customer_id,
        adjustments.currency,
        sum(adjustments.amount) as adjustments_without_invoice
    from {{ ref('stg_erp__adjustments') }} as adjustments
    left join {{ ref('int_ledger__invoices') }} as named on adjustments.invoice_id = named.invoice_id
    left join {{ ref('int_ledger__invoices') }} as invoices
        on
            adjustments.invoice_id = invoices.invoice_id
            and adjustments.currency = invoices.currency
    where
        adjustments.posted
        and invoices.invoice_id is null
    group by coalesce(adjustments.customer_id, named.customer_id, '(unknown)'), adjustments.currency
),

limits as (
    select
        customer_id,
        currency,
        sum(credit_limit) as credit_limit
    from {{ ref('stg_crm__contracts') }}
    where
        status = 'active'
        and credit_limit is not null
    group by customer_id, currency
),

customers as (
    select customer_id, currency from invoices
    union
    select customer_id, currency from unapplied
    union
    select customer_id, currency from adjustments
    union
    select customer_id, currency from limits
)

select
    customers.customer_id,
    customers.currency,
    cast(coalesce(invoices.invoiced_amount, 0) as decimal(19, 4)) as invoiced_amount,
    cast(coalesce(invoices.paid_amount, 0) as decimal(19, 4)) as paid_amount,
    cast(coalesce(invoices.debt_amount, 0) as decimal(19, 4)) as debt_amount,
    cast(coalesce(invoices.overdue_amount, 0) as decimal(19, 4)) as overdue_amount,
    cast(coalesce(invoices.overpayment_amount, 0) as decimal(19, 4)) as overpayment_amount,
    cast(coalesce(invoices.exposure_amount, 0) as decimal(19, 4)) as exposure_amount,
    cast(coalesce(unapplied.unapplied_amount, 0) as decimal(19, 4)) as unapplied_amount,
    cast(coalesce(adjustments.adjustments_without_invoice, 0) as decimal(19, 4)) as adjustments_without_invoice,
    cast(limits.credit_limit as decimal(19, 4)) as credit_limit,
    cast(limits.credit_limit - coalesce(invoices.exposure_amount, 0) as decimal(19, 4)) as available_credit,
    {{ as_of_date() }} as as_of_date
from customers
left join invoices on customers.customer_id = invoices.customer_id and customers.currency = invoices.currency
left join unapplied on customers.customer_id = unapplied.customer_id and customers.currency = unapplied.currency
left join adjustments on customers.customer_id = adjustments.customer_id and customers.currency = adjustments.currency
left join limits on customers.customer_id = limits.customer_id and customers.currency = limits.currency
