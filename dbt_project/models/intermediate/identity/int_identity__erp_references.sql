-- Rule 3 for ERP payments without our id: their provider_reference names a provider payment, else a whole payout.
with

documents as (
    select documents.*
    from {{ ref('int_documents__erp_payments') }} as documents
    left join {{ ref('int_decisions__matches') }} as decided on documents.document_id = decided.document_id
    where
        documents.payment_id is null
        and not documents.has_several_payment_ids
        and documents.provider_reference is not null
        and decided.document_id is null
),

provider_payments as (
    select * from {{ ref('int_identity__provider_payments') }}
),

payouts as (
    select
        source_system,
        settlement_batch_id,
        settlement_batch_id as named_as
    from {{ ref('stg_provider__payouts') }}
    union
    select
        source_system,
        settlement_batch_id,
        bank_reference as named_as
    from {{ ref('stg_provider__payouts') }}
    where bank_reference is not null
),

by_provider_reference as (
    select
        documents.document_id,
        {{ list_distinct('provider_payments.payment_key') }} as candidates,
        min(provider_payments.payment_key) as payment_key,
        count(distinct provider_payments.payment_key) = 1
        and count(distinct provider_payments.source_system) = 1 as is_certain
    from documents
    inner join provider_payments on documents.provider_reference = provider_payments.provider_reference
    group by documents.document_id
),

by_settlement_batch as (
    select
        documents.document_id,
        min(payouts.source_system) as settlement_source_system,
        min(payouts.settlement_batch_id) as settlement_batch_id,
        count(*) = 1 as is_certain
    from documents
    inner join payouts on documents.provider_reference = payouts.named_as
    left join by_provider_reference as earlier on documents.document_id = earlier.document_id
    where earlier.document_id is null
    group by documents.document_id
)

select
    document_id,
    'provider_reference' as match_rule,
    case when is_certain then payment_key end as payment_key,
    {{ null_text() }} as settlement_source_system,
    {{ null_text() }} as settlement_batch_id,
    not is_certain as is_ambiguous,
    case when is_certain then {{ empty_list() }} else candidates end as candidates
from by_provider_reference

union all

select
    document_id,
    'settlement_batch' as match_rule,
    {{ null_text() }} as payment_key,
    case when is_certain then settlement_source_system end as settlement_source_system,
    case when is_certain then settlement_batch_id end as settlement_batch_id,
    not is_certain as is_ambiguous,
    {{ empty_list() }} as candidates
from by_settlement_batch
