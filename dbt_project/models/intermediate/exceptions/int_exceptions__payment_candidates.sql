-- Payments whose provider, website, CRM and ERP tell different stories (exceptions.md, Payments).
with

payments as (
    select * from {{ ref('int_exceptions__payment_conditions') }}
),

-- Where accounting books a provider by payout, the clock of a missing posting starts at the payout.
paid_not_posted as (
    select
        payments.*,
        coalesce(booking.booked_by, 'payment') as booked_by,
        payouts.payout_date
    from payments
    left join {{ ref('provider_booking') }} as booking on payments.provider_source_system = booking.source_system
    left join {{ ref('stg_provider__payouts') }} as payouts
        on
            payments.provider_source_system = payouts.source_system
            and payments.settlement_batch_id = payouts.settlement_batch_id
    where
        payments.provider_state = 'paid'
        and payments.erp_state in ('absent', 'unposted')
),

deals as (
    select
        deals.document_id,
        deals.deal_id,
        deals.payment_status,
        deals.crm_state,
        deals.updated_at as deal_updated_at,
        deals.amount as deal_amount,
        deals.currency as deal_currency,
        coalesce(orders.has_verified_payment, false) as has_verified_deal_order,
        payments.*
    from {{ ref('int_payments__deals') }} as deals
    inner join payments on deals.payment_key = payments.payment_key
    left join {{ ref('int_payments__orders') }} as orders on deals.order_id = orders.order_id
),

named_invoices as (
    select
        payment_key,
        invoice_id,
        created_at as named_at
    from {{ ref('int_identity__documents') }}
    where
        invoice_id is not null
        and payment_key is not null
        and (leg <> 'erp' or is_effective)
    union all
    select
        documents.payment_key,
        parts.invoice_id,
        documents.document_date as named_at
    from {{ ref('int_identity__erp_payments') }} as documents
    inner join {{ ref('stg_erp__payments') }} as parts
        on
            documents.source_system = parts.source_system
            and documents.erp_document_id = {{ whole_document_id('parts.erp_document_id') }}
    where
        documents.is_split
        and documents.is_posted
        and documents.payment_key is not null
        and parts.invoice_id is not null
        and not parts.deleted
        and {{ is_document_part('parts.erp_document_id') }}
    union all
    select
        payment_id as payment_key,
        invoice_id,
        created_at as named_at
    from {{ ref('stg_crm__payment_requests') }}
    where payment_id is not null
),

several_invoices as (
    select
        payments.*,
        named.invoice_count,
        named.named_at
    from (
        select
            payment_key,
            count(distinct invoice_id) as invoice_count,
            max(named_at) as named_at
        from named_invoices
        group by payment_key
        having count(distinct invoice_id) >= 2
    ) as named
    inner join payments on named.payment_key = payments.payment_key
    left join {{ ref('int_ledger__split_documents') }} as split_documents on named.payment_key = split_documents.payment_key
    left join {{ ref('int_identity__erp_payments') }} as direct_documents
        on
            named.payment_key = direct_documents.payment_key
            and direct_documents.is_split
            and direct_documents.is_posted
            and payments.provider_state <> 'paid'
            and payments.erp_posted_count = 1
    where
        split_documents.payment_key is null
        and direct_documents.document_id is null
),

other_currency_invoices as (
    select
        payments.*,
        allocations.invoice_id as other_invoice_id,
        invoices.currency as invoice_currency,
        allocations.amount as allocated_amount,
        allocations.currency as allocated_currency,
        greatest(allocations.event_at, invoices.issued_at) as compared_at
    from {{ ref('int_ledger__allocations') }} as allocations
    inner join payments on allocations.payment_key = payments.payment_key
    inner join {{ ref('int_ledger__invoices') }} as invoices on allocations.invoice_id = invoices.invoice_id
    where allocations.unapplied_reason = 'currency_differs'
),

unlinked as (
    select payments.*
    from payments
    inner join (
        select payment_key
        from {{ ref('int_identity__provider_payments') }}
        group by payment_key
        having
            count(payment_id) = 0
            and count(order_id) = 0
            and count(invoice_id) = 0
    ) as nameless on payments.payment_key = nameless.payment_key
    left join (
        select distinct payment_key
        from {{ ref('int_identity__documents') }}
        where leg <> 'provider'
    ) as others on payments.payment_key = others.payment_key
    where
        payments.provider_state = 'paid'
        and others.payment_key is null
),

posting_lag as (
    select days as posting_lag_days
    from {{ ref('lag_days') }}
    where lag_name = 'posting_lag_days'
),

posted_elsewhen as (
    select
        payments.*,
        {{ business_date('payments.provider_paid_at') }} as paid_date,
        {{ business_date('payments.erp_document_date') }} as posted_date
    from payments
    cross join posting_lag
    where
        payments.provider_state = 'paid'
        and payments.erp_state = 'posted'
        and payments.erp_posted_count = 1
        and (
            {{ days_between(business_date('payments.provider_paid_at'), business_date('payments.erp_document_date')) }}
            not between 0 and posting_lag.posting_lag_days
        )
),

{# ---------- sentences -#}
{% set provider_paid = "concat('Provider paid ', " ~ money_text('provider_amount', 'provider_currency') ~ ", '" %}
{% set erp_posted = "concat('ERP posted ', " ~ money_text('erp_amount', 'erp_currency') ~ ", '" %}

candidates as (

    {{ candidate(
        'provider_paid_erp_unpaid', from='paid_not_posted', where="booked_by = 'payment'",
        grace='erp', event_at='provider_paid_at', amount='provider_amount', currency='provider_currency',
        reason=provider_paid ~ ", the ERP document is ', case when erp_state = 'absent' then 'absent' else 'not posted' end)"
    ) }}

    union all

    {{ candidate(
        'provider_paid_erp_unpaid', from='paid_not_posted', where="booked_by = 'payout' and payout_date is not null",
        grace='erp', event_at=end_of_date('payout_date'), amount='provider_amount', currency='provider_currency',
        reason=provider_paid ~ ", its payout of ', payout_date, ' is not booked in ERP')"
    ) }}

    union all

    {{ candidate(
        'provider_paid_erp_unpaid', from='paid_not_posted', where="booked_by = 'payout' and payout_date is null",
        grace='payout', event_at='provider_paid_at', amount='provider_amount', currency='provider_currency',
        reason=provider_paid ~ ", it is in no payout and not in ERP')"
    ) }}

    union all

    {{ candidate(
        'erp_posted_provider_not_paid', from='payments',
        where="erp_state = 'posted' and erp_provider_count > 0 and provider_state = 'failed'",
        event_at='greatest(erp_last_changed_at, coalesce(provider_failed_at, erp_last_changed_at))', amount='erp_amount', currency='erp_currency',
        reason=erp_posted ~ ", the provider payment failed')"
    ) }}

    union all

    {{ candidate(
        'erp_posted_provider_not_paid', from='payments',
        where="erp_state = 'posted' and erp_provider_count > 0 and provider_state in ('absent', 'pending')",
        grace='erp', event_at='erp_last_changed_at', amount='erp_amount', currency='erp_currency',
        reason=erp_posted ~ ", the provider payment is ', provider_state)"
    ) }}

    union all

    {{ candidate(
        'website_paid_provider_not_paid', from='payments',
        where="website_state = 'paid' and not is_verified and not has_verified_order and provider_state = 'failed'",
        event_at='greatest(website_paid_at, coalesce(provider_failed_at, website_paid_at))', amount='website_amount', currency='website_currency',
        reason="concat('Website shows ', " ~ money_text('website_amount', 'website_currency') ~ ", ' paid (', status_source, '), the provider payment failed')"
    ) }}

    union all

    {{ candidate(
        'website_paid_provider_not_paid', from='payments',
        where="website_state = 'paid' and not is_verified and not has_verified_order and provider_state in ('absent', 'pending')",
        grace='website', event_at='website_paid_at', amount='website_amount', currency='website_currency',
        reason="concat('Website shows ', " ~ money_text('website_amount', 'website_currency') ~ ", ' paid (', status_source, '), the provider payment is ', provider_state)"
    ) }}

    union all

    {{ candidate(
        'provider_paid_website_unpaid', from='payments', where="provider_state = 'paid' and website_state in ('pending', 'failed')",
        grace='website', event_at='provider_paid_at', amount='provider_amount', currency='provider_currency',
        reason=provider_paid ~ ", the website shows the payment as ', website_state)"
    ) }}

    union all

    {{ candidate(
        'crm_status_mismatch', from='deals',
        where="crm_state = 'paid' and not is_verified and not has_verified_order and not has_verified_deal_order",
        grace='crm', event_at='greatest(coalesce(paid_at, deal_updated_at), deal_updated_at)',
        amount='deal_amount', currency='deal_currency',
        reason="concat('CRM deal ', deal_id, ' says ', payment_status, ' (', " ~ money_text('deal_amount', 'deal_currency') ~ ", '), no payment is verified')"
    ) }}

    union all

    {{ candidate(
        'crm_status_mismatch', from='deals',
        where="crm_state = 'unpaid' and provider_state = 'paid' and refund_state <> 'full'",
        grace='crm', event_at='greatest(provider_paid_at, deal_updated_at)', amount='provider_amount', currency='provider_currency',
        reason=provider_paid ~ ", CRM deal ', deal_id, ' says ', payment_status)"
    ) }}

    union all

    {{ candidate(
        'erp_amount_mismatch', from='payments',
        where="provider_state = 'paid' and erp_state = 'posted' and not has_currency_mismatch and not is_posted_twice
        and not is_paid_twice and not is_order_paid_twice and erp_amount > provider_amount + erp_tolerance",
        event_at='greatest(provider_paid_at, erp_last_document_date)', amount='erp_amount - provider_amount', currency='erp_currency',
        reason=erp_posted ~ ", provider paid ', " ~ money_text('provider_amount', 'provider_currency') ~ ", ': ', "
            ~ money_text('erp_amount - provider_amount', 'erp_currency') ~ ", ' too much')"
    ) }}

    union all

    {{ candidate(
        'erp_amount_mismatch', from='payments',
        where="provider_state = 'paid' and erp_state = 'posted' and not has_currency_mismatch and not is_posted_twice
        and not is_paid_twice and not is_order_paid_twice and erp_amount < provider_amount - erp_tolerance",
        grace='erp', event_at='provider_paid_at', amount='provider_amount - erp_amount', currency='erp_currency',
        reason=erp_posted ~ ", provider paid ', " ~ money_text('provider_amount', 'provider_currency') ~ ", ': ', "
            ~ money_text('provider_amount - erp_amount', 'erp_currency') ~ ", ' short')"
    ) }}

    union all

    {{ candidate(
        'website_amount_mismatch', from='payments',
        where="provider_state = 'paid' and website_state = 'paid' and not has_currency_mismatch
        and not is_paid_twice and not is_order_paid_twice and abs(website_amount - provider_amount) > website_tolerance",
        event_at='greatest(provider_paid_at, website_paid_at)', amount='abs(website_amount - provider_amount)', currency='provider_currency',
        reason=provider_paid ~ ", the website shows ', " ~ money_text('website_amount', 'website_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'currency_mismatch', from='payments', where="has_currency_mismatch",
        event_at="greatest(created_at, coalesce(paid_at, created_at), coalesce(website_paid_at, created_at),
            coalesce(erp_last_document_date, created_at), coalesce(receipt_last_registered_at, created_at))",
        amount='coalesce(provider_amount, erp_amount, website_amount, fiscal_amount)',
        reason="concat('Currencies differ: provider ', coalesce(paid_currency, '-'), ', website ', coalesce(believed_currency, '-'),
            ', ERP ', coalesce(posted_currency, '-'), ', receipt ', coalesce(receipt_currency, '-'))"
    ) }}

    union all

    {{ candidate(
        'invoice_currency_mismatch', from='other_currency_invoices', where="true", invoice_id='other_invoice_id',
        event_at='compared_at', amount='allocated_amount', currency='allocated_currency',
        reason="concat('Paid ', " ~ money_text('allocated_amount', 'allocated_currency') ~ ", ', invoice ', other_invoice_id, ' is in ', invoice_currency)"
    ) }}

    union all

    {{ candidate(
        'erp_duplicate_document', from='payments', where="is_posted_twice",
        event_at='greatest(provider_paid_at, erp_last_document_date)', amount='erp_amount - provider_amount', currency='erp_currency',
        reason="concat(erp_posted_count, ' ERP documents post ', " ~ money_text('erp_amount', 'erp_currency') ~ ", ', provider paid ', "
            ~ money_text('provider_amount', 'provider_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'business_date_mismatch', from='posted_elsewhen', where="true",
        event_at='greatest(provider_paid_at, erp_document_date)', amount='provider_amount', currency='provider_currency',
        reason="concat('Paid on ', paid_date, ', posted in ERP on ', posted_date)"
    ) }}

    union all

    {{ candidate(
        'duplicate_payment', from=ref('int_payments__orders'), where="is_paid_twice", subject='order', id='order_id',
        payment_key=null_text(), invoice_id=null_text(),
        event_at='last_paid_at', amount='paid_amount - refunded_amount - order_amount',
        reason="concat(paid_count, ' payments of order ', order_id, ' paid ', " ~ money_text('paid_amount', 'currency') ~ ", ', refunded ', "
            ~ money_text('refunded_amount', 'currency') ~ ", ', due ', " ~ money_text('order_amount', 'currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'duplicate_payment', from='payments', where="is_paid_twice",
        event_at='provider_last_paid_at', amount='provider_amount - refunded_amount - coalesce(website_amount, greatest_paid_amount)',
        currency='provider_currency',
        reason="concat(provider_paid_count, ' attempts paid ', " ~ money_text('provider_amount', 'provider_currency') ~ ", ', refunded ', "
            ~ money_text('refunded_amount', 'currency') ~ ", ', due ', "
            ~ money_text('coalesce(website_amount, greatest_paid_amount)', 'provider_currency') ~ ")"
    ) }}

    union all

    {{ candidate(
        'several_invoices_for_payment', from='several_invoices', where="true",
        event_at='named_at', amount='coalesce(verified_amount, erp_amount, website_amount)',
        reason="concat('Its documents name ', invoice_count, ' different invoices')"
    ) }}

    union all

    {{ candidate(
        'unlinked_payment', from='unlinked', where="true",
        grace='erp', event_at='provider_paid_at', amount='provider_amount', currency='provider_currency',
        reason=provider_paid ~ ", it names no payment, order or invoice and nothing else knows it')"
    ) }}

    union all

    {{ candidate(
        'payment_stuck_at_provider', from='payments', where="provider_state = 'pending'",
        grace='authorization', event_at='provider_pending_since', amount='provider_pending_amount', currency='provider_currency',
        reason="concat('Provider payment of ', " ~ money_text('provider_pending_amount', 'provider_currency') ~ ", ' is still neither paid nor failed')"
    ) }}
)

select * from candidates
