-- Which ERP refund books which provider refund: by refund_id, by provider_refund_id, then by payment, amount and currency.
-- Ids that both sides know and that differ never pair.
with

provider_refunds as (
    select
        *,
        coalesce(refunded_at, created_at) as event_at
    from {{ ref('int_refunds__provider_refunds') }}
),

erp_refunds as (
    select
        *,
        document_date as event_at
    from {{ ref('int_refunds__erp_refunds') }}
),

by_refund_id as (
    {{ pair_in_time_order('provider_refunds', 'erp_refunds', ['refund_id']) }}
),

---------- by the provider's refund id

provider_unpaired as (
    select provider_refunds.*
    from provider_refunds
    left join by_refund_id on provider_refunds.document_id = by_refund_id.left_id
    where by_refund_id.left_id is null
),

erp_unpaired as (
    select erp_refunds.*
    from erp_refunds
    left join by_refund_id on erp_refunds.document_id = by_refund_id.right_id
    where by_refund_id.right_id is null
),

equal_provider_refund_ids as (
    {{ pair_in_time_order('provider_unpaired', 'erp_unpaired', ['provider_refund_id']) }}
),

by_provider_refund_id as (
    select equal_provider_refund_ids.*
    from equal_provider_refund_ids
    inner join provider_unpaired on equal_provider_refund_ids.left_id = provider_unpaired.document_id
    inner join erp_unpaired on equal_provider_refund_ids.right_id = erp_unpaired.document_id
    where not {{ ids_conflict('provider_unpaired.refund_id', 'erp_unpaired.refund_id') }}
),

---------- by payment, amount and currency: first ERP refunds that know our id with provider refunds that do not, then the rest

provider_remaining as (
    select provider_unpaired.*
    from provider_unpaired
    left join by_provider_refund_id on provider_unpaired.document_id = by_provider_refund_id.left_id
    where by_provider_refund_id.left_id is null
),

provider_without_refund_id as (
    select * from provider_remaining
    where refund_id is null
),

erp_without_provider_id as (
    select erp_unpaired.*
    from erp_unpaired
    left join by_provider_refund_id on erp_unpaired.document_id = by_provider_refund_id.right_id
    where
        by_provider_refund_id.right_id is null
        and erp_unpaired.provider_refund_id is null
),

erp_with_refund_id as (
    select * from erp_without_provider_id
    where refund_id is not null
),

by_amount_identified as (
    {{ pair_in_time_order('provider_without_refund_id', 'erp_with_refund_id', ['payment_key', 'amount', 'currency']) }}
),

provider_last as (
    select provider_remaining.*
    from provider_remaining
    left join by_amount_identified on provider_remaining.document_id = by_amount_identified.left_id
    where by_amount_identified.left_id is null
),

erp_without_ids as (
    select * from erp_without_provider_id
    where refund_id is null
),

by_amount as (
    {{ pair_in_time_order('provider_last', 'erp_without_ids', ['payment_key', 'amount', 'currency']) }}
),

pairs as (
    select * from by_refund_id
    union all
    select * from by_provider_refund_id
    union all
    select * from by_amount_identified
    union all
    select * from by_amount
)

select
    left_id as provider_document_id,
    right_id as erp_document_id
from pairs
