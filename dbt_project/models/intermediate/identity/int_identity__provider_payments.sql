-- Which payment each provider payment belongs to: by our id, by what the website says of it, by order and amount.
with

documents as (
    select
        {{ document_id('provider.payments', 'provider_payment_id') }} as document_id,
        *
    from {{ ref('stg_provider__payments') }}
),

payments as (
    select
        documents.*,
        decided.payment_key as decided_key,
        coalesce(decided.payment_key, documents.payment_id) as named_key
    from documents
    left join {{ ref('int_decisions__matches') }} as decided on documents.document_id = decided.document_id
),

website as (
    select * from {{ ref('int_identity__website_payments') }}
),

unidentified as (
    select * from payments
    where named_key is null
),

ids_of_several_systems as (
    select payments.provider_payment_id
    from unidentified
    inner join payments on unidentified.provider_payment_id = payments.provider_payment_id
    group by payments.provider_payment_id
    having count(distinct payments.source_system) > 1
),

references_of_several_systems as (
    select payments.provider_reference
    from unidentified
    inner join payments on unidentified.provider_reference = payments.provider_reference
    group by payments.provider_reference
    having count(distinct payments.source_system) > 1
),

---------- rule 3: the website names the provider's id or reference

by_provider_payment_id as (
    select
        unidentified.document_id,
        'provider_payment_id' as match_rule,
        {{ list_distinct('website.payment_key') }} as candidates,
        min(website.payment_key) as first_candidate,
        count(distinct website.payment_key) = 1 and count(several.provider_payment_id) = 0 as is_certain
    from unidentified
    inner join website on unidentified.provider_payment_id = website.provider_payment_id
    left join ids_of_several_systems as several on unidentified.provider_payment_id = several.provider_payment_id
    group by unidentified.document_id
),

by_provider_reference as (
    select
        unidentified.document_id,
        'provider_reference' as match_rule,
        {{ list_distinct('website.payment_key') }} as candidates,
        min(website.payment_key) as first_candidate,
        count(distinct website.payment_key) = 1 and count(several.provider_reference) = 0 as is_certain
    from unidentified
    inner join website on unidentified.provider_reference = website.provider_reference
    left join references_of_several_systems as several on unidentified.provider_reference = several.provider_reference
    left join by_provider_payment_id as earlier on unidentified.document_id = earlier.document_id
    where earlier.document_id is null
    group by unidentified.document_id
),

named as (
    select * from by_provider_payment_id
    union all
    select * from by_provider_reference
),

---------- rule 4: same order, amount and currency; attempts share a website payment when at most one is paid

remaining as (
    select unidentified.*
    from unidentified
    left join named on unidentified.document_id = named.document_id
    where
        named.document_id is null
        and unidentified.order_id is not null
),

attempts as (
    select
        order_id,
        amount,
        currency,
        count(case when status = 'paid' then 1 end) as paid_count
    from remaining
    group by order_id, amount, currency
),

possible_website_payments as (
    select
        website.payment_key,
        website.order_id,
        website.amount,
        website.currency
    from attempts
    inner join website
        on
            attempts.order_id = website.order_id
            and attempts.amount = website.amount
            and attempts.currency = website.currency
),

partnered_website_payments as (
    select payments.named_key as payment_key
    from possible_website_payments
    inner join payments on possible_website_payments.payment_key = payments.named_key
    union
    select first_candidate as payment_key from named
    where is_certain
),

free_website_payments as (
    select
        possible.order_id,
        possible.amount,
        possible.currency,
        {{ list_distinct('possible.payment_key') }} as candidates,
        min(possible.payment_key) as first_candidate,
        count(distinct possible.payment_key) as candidate_count
    from possible_website_payments as possible
    left join partnered_website_payments as partnered on possible.payment_key = partnered.payment_key
    where partnered.payment_key is null
    group by possible.order_id, possible.amount, possible.currency
),

by_order_amount as (
    select
        remaining.document_id,
        'order_amount' as match_rule,
        free_website_payments.candidates,
        free_website_payments.first_candidate,
        free_website_payments.candidate_count = 1 and attempts.paid_count <= 1 as is_certain
    from remaining
    inner join attempts
        on
            remaining.order_id = attempts.order_id
            and remaining.amount = attempts.amount
            and remaining.currency = attempts.currency
    inner join free_website_payments
        on
            remaining.order_id = free_website_payments.order_id
            and remaining.amount = free_website_payments.amount
            and remaining.currency = free_website_payments.currency
),

found as (
    select * from named
    union all
    select * from by_order_amount
)

select
    ---------- ids
    payments.document_id,
    payments.source_system,
    payments.provider_payment_id,
    case
        when payments.named_key is not null then payments.named_key
        when found.is_certain then found.first_candidate
        else concat('provider:', payments.source_system, ':', payments.provider_payment_id)
    end as payment_key,
    case
        when payments.decided_key is not null then 'manual_decision'
        when payments.payment_id is not null then 'payment_id'
        else coalesce(found.match_rule, 'none')
    end as match_rule,
    coalesce(not found.is_certain, false) as is_ambiguous,
    case
        when not found.is_certain then found.candidates
        else {{ empty_list() }}
    end as candidates,
    payments.provider_reference,
    payments.payment_id,
    payments.order_id,
    payments.invoice_id,
    payments.settlement_batch_id,
    ---------- states
    payments.status,
    payments.method,
    ---------- amounts
    payments.amount,
    payments.fee_amount,
    payments.currency,
    ---------- times
    payments.created_at,
    coalesce(payments.paid_at, payments.updated_at, payments.created_at) as paid_at,
    payments.updated_at,
    ---------- source
    payments._file_name,
    payments._file_sha256,
    payments._row_number
from payments
left join found on payments.document_id = found.document_id
