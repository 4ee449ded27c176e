-- Guards against a payment, refund or dispute that a payout counts twice or not at all: the sums of payouts are those of
-- the documents that name them, and what the payout says is what follows from its batch and the unexplained rest.
with

payouts as (
    select * from {{ ref('fct_settlement_reconciliation') }}
),

documents as (
    select 'gross' as what, source_system, settlement_batch_id, currency, amount from {{ ref('stg_provider__payments') }}
    where status = 'paid'
    union all
    select 'refunds' as what, source_system, settlement_batch_id, currency, amount from {{ ref('stg_provider__refunds') }}
    where status = 'succeeded'
    union all
    select 'disputes' as what, source_system, settlement_batch_id, currency, amount from {{ ref('stg_provider__disputes') }}
    where status = 'lost'
),

named as (
    select
        documents.what,
        payouts.currency,
        sum(documents.amount) as amount
    from documents
    inner join payouts
        on
            documents.source_system = payouts.source_system
            and documents.settlement_batch_id = payouts.settlement_batch_id
            and documents.currency = payouts.currency
    group by documents.what, payouts.currency
),

expected as (
    select 'gross' as what, currency, sum(expected_gross_amount) as amount from payouts
    group by currency
    union all
    select 'refunds' as what, currency, sum(expected_refund_amount) as amount from payouts
    group by currency
    union all
    select 'disputes' as what, currency, sum(expected_dispute_amount) as amount from payouts
    group by currency
)

select
    concat(expected.what, ' in ', expected.currency) as what,
    expected.amount - coalesce(named.amount, 0) as difference
from expected
left join named on expected.what = named.what and expected.currency = named.currency
where expected.amount <> coalesce(named.amount, 0)

union all

select
    concat(source_system, ':', settlement_batch_id) as what,
    unexplained_amount as difference
from payouts
where
    gross_amount - refund_amount - dispute_amount
    <> expected_gross_amount - expected_refund_amount - expected_dispute_amount + unexplained_amount
