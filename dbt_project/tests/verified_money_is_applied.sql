-- Verified payments = applied to invoices + money of orders without an invoice + unapplied, per currency (ledger.md).
with

verified as (
    select
        currency,
        sum(amount) as amount
    from (
        select currency, amount from {{ ref('int_identity__provider_payments') }}
        where status = 'paid'
        union all
        select currency, amount from {{ ref('int_identity__erp_payments') }}
        where is_posted and channel = 'direct' and not is_split
        union all
        select parts.currency, parts.amount
        from {{ ref('int_identity__erp_payments') }} as documents
        inner join {{ ref('stg_erp__payments') }} as parts
            on
                documents.source_system = parts.source_system
                and documents.erp_document_id = {{ whole_document_id('parts.erp_document_id') }}
                and {{ is_document_part('parts.erp_document_id') }}
        where documents.is_posted and documents.channel = 'direct' and documents.is_split and not parts.deleted
    ) as documents
    group by currency
),

used as (
    select
        currency,
        sum(amount) as amount
    from (
        select currency, -amount as amount from {{ ref('fct_invoice_ledger') }}
        where event_kind in ('prepayment', 'payment', 'overpayment')
        union all
        select currency, amount from {{ ref('int_ledger__allocations') }}
        where applied_to = 'order'
        union all
        select currency, amount from {{ ref('fct_unapplied_payments') }}
    ) as uses
    group by currency
)

select
    coalesce(verified.currency, used.currency) as currency,
    verified.amount as verified_amount,
    used.amount as used_amount
from verified
full outer join used on verified.currency = used.currency
where coalesce(verified.amount, 0) <> coalesce(used.amount, 0)
