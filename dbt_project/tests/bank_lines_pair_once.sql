-- Guards against money in the bank that counts twice or is lost: each line of money in is there once, with its amount, and no
-- payout or ERP payment has two lines.
with

lines as (
    select * from {{ ref('int_settlement__bank_lines') }}
),

claims as (
    select document_id from lines
    union all
    select belongs_to_id as document_id from lines
    where belongs_to_id is not null
),

booked as (
    select
        currency,
        count(*) as line_count,
        sum(amount) as amount
    from {{ ref('stg_bank__lines') }}
    where amount > 0
    group by currency
),

told as (
    select
        currency,
        count(*) as line_count,
        sum(amount) as amount
    from lines
    group by currency
)

select
    document_id as what,
    count(*) as claim_count
from claims
group by document_id
having count(*) > 1

union all

select
    concat('bank lines in ', booked.currency) as what,
    coalesce(told.line_count, 0) as claim_count
from booked
left join told on booked.currency = told.currency
where
    booked.line_count <> coalesce(told.line_count, 0)
    or booked.amount <> coalesce(told.amount, 0)
