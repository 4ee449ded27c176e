-- Each postpaid invoice of a platform with the ERP invoice of its account and period, and with its payment (exceptions.md, Postpaid).
with

-- Invoices with nothing to pay do not exist here.
platform as (
    select
        *,
        coalesce(closed_at, updated_at, {{ end_of_date('billing_period_start') }}) as changed_at
    from {{ ref('stg_billing__invoices') }}
    where amount > 0
),

platform_periods as (
    select
        account_id,
        billing_period_start,
        count(*) as platform_count,
        max(changed_at) as platform_changed_at
    from platform
    group by account_id, billing_period_start
),

-- The single ERP invoice of an account and period speaks for itself; of several, only how many there are.
erp_periods as (
    select
        account_id,
        billing_period_start,
        count(*) as erp_count,
        max(coalesce(updated_at, issued_at)) as erp_changed_at,
        case when count(*) = 1 then min(erp_document_id) end as erp_document_id,
        case when count(*) = 1 then min(invoice_id) end as invoice_id,
        case when count(*) = 1 then min(order_id) end as order_id,
        case when count(*) = 1 then min(customer_id) end as customer_id,
        case when count(*) = 1 then min(amount) end as erp_amount,
        case when count(*) = 1 then min(currency) end as erp_currency,
        case when count(*) = 1 then min(status) end as erp_status
    from {{ ref('stg_erp__invoices') }}
    where
        posted
        and not deleted
        and status <> 'cancelled'
        and account_id is not null
        and billing_period_start is not null
    group by account_id, billing_period_start
),

-- The one not cancelled, created last.
linked_payments as (
    select
        *,
        row_number() over (
            partition by source_system, platform_invoice_id
            order by created_at desc, platform_payment_id desc
        ) as payment_rank
    from {{ ref('stg_billing__payments') }}
    where
        kind = 'postpaid'
        and status <> 'cancelled'
        and platform_invoice_id is not null
),

billing_tolerances as (
    select
        currency,
        cast(tolerance as decimal(19, 4)) as tolerance
    from {{ ref('tolerances') }}
    where leg = 'billing'
)

select
    ---------- ids
    concat(platform.source_system, ':', platform.platform_invoice_id) as postpaid_invoice_id,
    platform.source_system,
    platform.platform_invoice_id,
    platform.account_id,
    coalesce(platform.customer_id, erp.customer_id) as customer_id,
    linked_payments.platform_payment_id,
    case when platform_periods.platform_count = 1 then erp.erp_document_id end as erp_document_id,
    case when platform_periods.platform_count = 1 then erp.invoice_id end as invoice_id,
    case when platform_periods.platform_count = 1 then erp.order_id end as order_id,
    ---------- period
    platform.billing_period_start,
    platform.billing_period_end,
    ---------- states
    platform.status as platform_status,
    linked_payments.status as payment_status,
    linked_payments.method_name as payment_method,
    case when platform_periods.platform_count = 1 then erp.erp_status end as erp_status,
    platform_periods.platform_count,
    coalesce(erp.erp_count, 0) as erp_count,
    platform_periods.platform_count = 1 and coalesce(erp.erp_count, 0) = 1 as is_matched,
    ---------- amounts
    platform.amount,
    platform.currency,
    platform.external_total,
    platform.external_currency,
    coalesce(platform.external_total, platform.amount) as due_amount,
    coalesce(platform.external_currency, platform.currency) as due_currency,
    platform.blocked_charges_amount,
    case when platform_periods.platform_count = 1 then erp.erp_amount end as erp_amount,
    case when platform_periods.platform_count = 1 then erp.erp_currency end as erp_currency,
    coalesce(of_currency.tolerance, of_all.tolerance, 0) as tolerance,
    ---------- times
    platform.changed_at as closed_at,
    linked_payments.due_date,
    coalesce(linked_payments.paid_at, linked_payments.updated_at, linked_payments.created_at) as paid_at,
    erp.erp_changed_at,
    greatest(platform_periods.platform_changed_at, coalesce(erp.erp_changed_at, platform_periods.platform_changed_at)) as compared_at
from platform
inner join platform_periods
    on
        platform.account_id = platform_periods.account_id
        and platform.billing_period_start = platform_periods.billing_period_start
left join erp_periods as erp
    on
        platform.account_id = erp.account_id
        and platform.billing_period_start = erp.billing_period_start
left join linked_payments
    on
        platform.source_system = linked_payments.source_system
        and platform.platform_invoice_id = linked_payments.platform_invoice_id
        and linked_payments.payment_rank = 1
left join billing_tolerances as of_currency
    on coalesce(platform.external_currency, platform.currency) = of_currency.currency
left join billing_tolerances as of_all on of_all.currency = '*'
