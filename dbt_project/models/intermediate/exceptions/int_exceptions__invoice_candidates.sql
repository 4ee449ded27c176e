-- Invoices that CRM, ERP, money and goods do not agree about (exceptions.md, Invoices, goods, credit).
with

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

erp_invoices as (
    select
        *,
        coalesce(updated_at, issued_at) as changed_at
    from {{ ref('stg_erp__invoices') }}
    where
        posted
        and not deleted
        and invoice_id is not null
),

-- What ERP says of one invoice; a cancelled document beside a valid one is a double put right.
erp as (
    select
        invoice_id,
        count(case when status <> 'cancelled' then 1 end) as valid_count,
        max(case when status <> 'cancelled' then amount end) as valid_amount,
        max(case when status <> 'cancelled' then currency end) as valid_currency,
        max(case when status <> 'cancelled' then changed_at end) as valid_changed_at,
        max(changed_at) as changed_at
    from erp_invoices
    group by invoice_id
),

compared as (
    select
        invoices.*,
        invoices.is_in_crm and invoices.is_issued as is_issued_in_crm,
        invoices.is_in_crm and invoices.status = 'cancelled' as is_cancelled_in_crm,
        erp.invoice_id is not null as is_posted,
        coalesce(erp.valid_count, 0) as valid_count,
        erp.valid_amount,
        erp.valid_currency,
        greatest(invoices.changed_at, erp.valid_changed_at) as valid_changed_at,
        greatest(invoices.changed_at, erp.changed_at) as last_changed_at,
        erp.valid_changed_at as erp_valid_changed_at
    from invoices
    left join erp on invoices.invoice_id = erp.invoice_id
),

balances as (
    select
        balances.*,
        invoices.responsible_manager,
        balances.returned_amount > 0
        and balances.overpayment_amount > 0
        and balances.overpayment_amount <= balances.returned_amount as is_return_not_refunded
    from {{ ref('fct_invoice_balances') }} as balances
    inner join invoices on balances.invoice_id = invoices.invoice_id
),

closed_in_erp as (
    select
        invoice_id,
        max(changed_at) as closed_at
    from erp_invoices
    where status = 'closed'
    group by invoice_id
),

open_in_erp as (
    select distinct invoice_id
    from erp_invoices
    where status = 'open'
),

closed_owing as (
    select
        balances.*,
        closed_in_erp.closed_at
    from balances
    inner join closed_in_erp on balances.invoice_id = closed_in_erp.invoice_id
    where balances.debt_amount > 0
),

-- Of the events in their ledger's order the last; the issue comes first whatever its time.
last_events as (
    select
        events.invoice_id,
        events.event_kind,
        row_number() over (
            partition by events.invoice_id
            order by
                case when events.event_kind = 'issued' then 1 else 0 end,
                events.event_at desc,
                events.kind_order desc,
                events.document_id desc,
                events.line_id desc
        ) as event_rank
    from {{ ref('int_ledger__events') }} as events
    inner join closed_owing on events.invoice_id = closed_owing.invoice_id
),

closed_with_debt as (
    select
        closed_owing.*,
        last_events.event_kind as last_event_kind,
        greatest(closed_owing.closed_at, closed_owing.last_event_at) as closed_with_debt_at
    from closed_owing
    inner join last_events on closed_owing.invoice_id = last_events.invoice_id and last_events.event_rank = 1
),

open_but_paid as (
    select balances.*
    from balances
    inner join open_in_erp on balances.invoice_id = open_in_erp.invoice_id
    where
        balances.debt_amount = 0
        and balances.paid_amount > 0
),

last_returns as (
    select
        invoice_id,
        max(event_at) as last_returned_at
    from {{ ref('int_ledger__events') }}
    where event_kind = 'return'
    group by invoice_id
),

returned as (
    select
        balances.*,
        last_returns.last_returned_at
    from balances
    inner join last_returns on balances.invoice_id = last_returns.invoice_id
    where balances.is_return_not_refunded
),

{# ---------- sentences -#}
{% set crm_shows = "concat('CRM shows the invoice ', status, ' for ', " ~ money_text('amount', 'currency') %}
{% set owes = money_text('debt_amount', 'currency') ~ ", ' is owed: invoiced ', " ~ money_text('invoice_amount', 'currency')
    ~ ", ', paid ', " ~ money_text('paid_amount', 'currency') %}
{% set closed_owing = "concat('ERP closed the invoice although ', " ~ owes ~ ", ', refunded ', " ~ money_text('refunded_amount', 'currency') ~ ")" %}

candidates as (

    {{ candidate(
        'invoice_missing_in_erp', from='compared', where="is_issued_in_crm and not is_posted",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='invoice_erp', event_at='issued_at', amount='amount',
        reason=crm_shows ~ ", ', ERP has no posted invoice')"
    ) }}

    union all

    {{ candidate(
        'invoice_amount_mismatch', from='compared',
        where="is_issued_in_crm and valid_count = 1 and (amount <> valid_amount or currency <> valid_currency)",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        event_at='valid_changed_at', amount='abs(amount - valid_amount)',
        reason="concat('CRM invoiced ', " ~ money_text('amount', 'currency') ~ ", ', ERP posted ', " ~ money_text('valid_amount', 'valid_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'invoice_cancelled_in_one_system', from='compared', where="is_cancelled_in_crm and valid_count > 0",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='invoice_erp', event_at='valid_changed_at', amount='valid_amount', currency='valid_currency',
        reason="concat('CRM cancelled the invoice, ERP keeps it posted for ', " ~ money_text('valid_amount', 'valid_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'invoice_cancelled_in_one_system', from='compared', where="is_issued_in_crm and is_posted and valid_count = 0",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='invoice_erp', event_at='last_changed_at', amount='amount',
        reason="concat('ERP cancelled the invoice, CRM keeps it ', status, ' for ', " ~ money_text('amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'erp_duplicate_invoice', from='compared', where="valid_count >= 2",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        event_at='erp_valid_changed_at', amount='amount',
        reason="concat('ERP has ', valid_count, ' posted invoices for one of ', " ~ money_text('amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'erp_invoice_closed_with_debt', from='closed_with_debt', where="last_event_kind <> 'refund'",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='erp', event_at='closed_with_debt_at', amount='debt_amount', reason=closed_owing
    ) }}

    union all

    {{ candidate(
        'erp_invoice_closed_with_debt', from='closed_with_debt', where="last_event_kind = 'refund'",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='return_refund', event_at='closed_with_debt_at', amount='debt_amount', reason=closed_owing
    ) }}

    union all

    {{ candidate(
        'erp_invoice_open_but_paid', from='open_but_paid', where="true",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='erp', event_at='last_event_at', amount='paid_amount',
        reason="concat('ERP keeps the invoice open although nothing is owed: invoiced ', " ~ money_text('invoice_amount', 'currency')
            ~ ", ', paid ', " ~ money_text('paid_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'invoice_overdue', from='balances', where="debt_amount > 0",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='erp', event_at=end_of_date('due_date'), amount='debt_amount',
        reason="concat('Due on ', due_date, ', ', " ~ owes ~ ")"
    ) }}

    union all

    {{ candidate(
        'invoice_overpaid', from='balances', where="overpayment_amount > 0 and not is_return_not_refunded",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        event_at='last_event_at', amount='overpayment_amount',
        reason="concat('Invoiced ', " ~ money_text('invoice_amount', 'currency') ~ ", ', paid ', " ~ money_text('paid_amount', 'currency')
            ~ ", ': ', " ~ money_text('overpayment_amount', 'currency') ~ ", ' too much')"
    ) }}

    union all

    {{ candidate(
        'return_not_refunded', from='returned', where="true",
        subject='invoice', id='invoice_id', payment_key=null_text(), owner='responsible_manager',
        grace='return_refund', event_at='last_returned_at', amount='overpayment_amount',
        reason="concat('Goods for ', " ~ money_text('returned_amount', 'currency') ~ ", ' came back, ', "
            ~ money_text('overpayment_amount', 'currency') ~ ", ' was not given back')"
    ) }}
)

select * from candidates
