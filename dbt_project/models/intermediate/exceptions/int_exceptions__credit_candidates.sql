-- Approvals without an audit trail, exceeded credit limits, payment requests paid otherwise than asked (exceptions.md).
with

invoices as (
    select * from {{ ref('int_ledger__invoices') }}
),

reserves as (
    select
        *,
        row_number() over (partition by reserve_id order by source_system) as reserve_rank
    from {{ ref('stg_warehouse__reserves') }}
),

-- An approval has no amount of its own: what it lets out is the reserve's, else the invoice's.
approvals as (
    select
        concat(approvals.source_system, ':', approvals.approval_id) as subject_id,
        approvals.approval_type,
        approvals.actor,
        approvals.reason as approval_reason,
        approvals.approved_at,
        coalesce(approvals.invoice_id, reserves.invoice_id) as invoice_id,
        coalesce(reserves.order_id, invoices.order_id) as order_id,
        coalesce(reserves.customer_id, invoices.customer_id) as customer_id,
        invoices.responsible_manager,
        coalesce(reserves.amount, invoices.amount, 0) as amount,
        case when reserves.reserve_id is not null then reserves.currency else invoices.currency end as currency,
        coalesce(approvals.approved_at, approvals.updated_at, {{ start_of_date('approvals._extract_date') }}) as given_at
    from {{ ref('stg_crm__approvals') }} as approvals
    left join reserves on approvals.reserve_id = reserves.reserve_id and reserves.reserve_rank = 1
    left join invoices on coalesce(approvals.invoice_id, reserves.invoice_id) = invoices.invoice_id
),

contracts as (
    select
        *,
        row_number() over (partition by contract_id order by source_system) as contract_rank
    from {{ ref('stg_crm__contracts') }}
),

last_deliveries as (
    select
        invoice_id,
        currency,
        max(shipped_at) as last_shipped_at
    from {{ ref('int_ledger__deliveries') }}
    group by invoice_id, currency
),

exposures as (
    select
        balances.contract_id,
        balances.currency,
        sum(balances.exposure_amount) as exposure_amount,
        max(greatest(
            last_deliveries.last_shipped_at,
            coalesce(balances.last_event_at, last_deliveries.last_shipped_at)
        )) as exposed_at
    from {{ ref('fct_invoice_balances') }} as balances
    left join last_deliveries
        on
            balances.invoice_id = last_deliveries.invoice_id
            and balances.currency = last_deliveries.currency
    where balances.exposure_amount > 0
    group by balances.contract_id, balances.currency
),

limits as (
    select
        concat(contracts.source_system, ':', contracts.contract_id) as subject_id,
        contracts.customer_id,
        contracts.responsible_manager,
        contracts.currency,
        contracts.credit_limit,
        exposures.exposure_amount,
        exposures.exposed_at
    from contracts
    inner join exposures
        on
            contracts.contract_id = exposures.contract_id
            and contracts.currency = exposures.currency
    where
        contracts.contract_rank = 1
        and contracts.credit_limit is not null
),

requests as (
    select
        concat(requests.source_system, ':', requests.payment_request_id) as subject_id,
        payments.payment_key,
        coalesce(requests.order_id, payments.order_id) as order_id,
        requests.invoice_id,
        coalesce(requests.customer_id, payments.customer_id) as customer_id,
        invoices.responsible_manager,
        requests.amount as requested_amount,
        requests.currency as requested_currency,
        payments.provider_amount as amount,
        payments.provider_currency as currency,
        requests.expires_at,
        payments.provider_paid_at,
        greatest(payments.provider_last_paid_at, coalesce(requests.updated_at, requests.created_at)) as compared_at
    from {{ ref('stg_crm__payment_requests') }} as requests
    inner join {{ ref('int_payments__payments') }} as payments on requests.payment_id = payments.payment_key
    left join invoices on requests.invoice_id = invoices.invoice_id
    where payments.provider_state = 'paid'
),

candidates as (

    {{ candidate(
        'override_without_audit', from='approvals', where="actor is null or approval_reason is null or approved_at is null",
        subject='approval', id='subject_id', payment_key=null_text(), owner='responsible_manager', event_at='given_at', amount='amount',
        reason="concat('An approval of kind ', approval_type, ' was recorded without ', "
            ~ "case when actor is null then 'a name' when approval_reason is null then 'a reason' else 'a time' end)"
    ) }}

    union all

    {{ candidate(
        'credit_limit_exceeded', from='limits', where="exposure_amount > credit_limit",
        subject='contract', id='subject_id', payment_key=null_text(), order_id=null_text(), invoice_id=null_text(), owner='responsible_manager',
        event_at='exposed_at', amount='exposure_amount - credit_limit',
        reason="concat('Goods for ', " ~ money_text('exposure_amount', 'currency') ~ ", ' are out and not covered, the credit limit is ', "
            ~ money_text('credit_limit', 'currency') ~ ", ': ', " ~ money_text('exposure_amount - credit_limit', 'currency') ~ ", ' beyond it')"
    ) }}

    union all

    {{ candidate(
        'payment_request_amount_mismatch', from='requests', where="amount <> requested_amount or currency <> requested_currency",
        subject='payment_request', id='subject_id', owner='responsible_manager', event_at='compared_at', amount='abs(amount - requested_amount)',
        reason="concat('Requested ', " ~ money_text('requested_amount', 'requested_currency') ~ ", ', paid ', " ~ money_text('amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'paid_after_request_expired', from='requests', where="provider_paid_at > expires_at",
        subject='payment_request', id='subject_id', owner='responsible_manager', event_at='provider_paid_at', amount='amount',
        reason="concat('Paid ', " ~ money_text('amount', 'currency') ~ ", ' at ', provider_paid_at, ' UTC, the request expired at ', expires_at, ' UTC')"
    ) }}
)

select * from candidates
