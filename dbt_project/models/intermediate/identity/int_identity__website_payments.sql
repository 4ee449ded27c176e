-- Website payments with the payment each belongs to: its own payment_id, unless a decision says otherwise.
-- A view: staging is a table already.
{{ config(materialized='view') }}

with

payments as (
    select
        {{ document_id('website.payments', 'payment_id') }} as document_id,
        *
    from {{ ref('stg_website__payments') }}
)

select
    payments.*,
    coalesce(decided.payment_key, payments.payment_id) as payment_key,
    case when decided.payment_key is not null then 'manual_decision' else 'payment_id' end as match_rule
from payments
left join {{ ref('int_decisions__matches') }} as decided on payments.document_id = decided.document_id
