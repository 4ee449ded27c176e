-- Every document of a payment with the one key, or payout, it belongs to and the rule that said so.
-- A view: its four legs are tables already.
{{ config(materialized='view') }}

with

provider as (
    select
        document_id,
        'provider' as leg,
        source_system,
        payment_key,
        {{ null_text() }} as settlement_source_system,
        {{ null_text() }} as settlement_batch_id,
        match_rule,
        is_ambiguous,
        candidates,
        {{ null_text() }} as suggested_payment_key,
        {{ null_text() }} as channel,
        status as document_state,
        status = 'paid' as is_effective,
        true as is_leg,
        order_id,
        invoice_id,
        amount,
        currency,
        created_at,
        case when status = 'paid' then paid_at else coalesce(updated_at, created_at) end as event_at,
        _file_name,
        _file_sha256,
        _row_number
    from {{ ref('int_identity__provider_payments') }}
),

website as (
    select
        document_id,
        'website' as leg,
        source_system,
        payment_key,
        {{ null_text() }} as settlement_source_system,
        {{ null_text() }} as settlement_batch_id,
        match_rule,
        false as is_ambiguous,
        {{ empty_list() }} as candidates,
        {{ null_text() }} as suggested_payment_key,
        {{ null_text() }} as channel,
        status as document_state,
        status = 'paid' as is_effective,
        true as is_leg,
        order_id,
        invoice_id,
        amount,
        currency,
        created_at,
        coalesce(paid_at, updated_at, created_at) as event_at,
        _file_name,
        _file_sha256,
        _row_number
    from {{ ref('int_identity__website_payments') }}
),

erp as (
    select
        document_id,
        'erp' as leg,
        source_system,
        payment_key,
        settlement_source_system,
        settlement_batch_id,
        match_rule,
        is_ambiguous,
        candidates,
        suggested_payment_key,
        channel,
        case when is_posted then 'posted' when is_deleted then 'deleted' else 'unposted' end as document_state,
        is_posted as is_effective,
        true as is_leg,
        order_id,
        invoice_id,
        amount,
        currency,
        document_date as created_at,
        document_date as event_at,
        _file_name,
        _file_sha256,
        _row_number
    from {{ ref('int_identity__erp_payments') }}
),

fiscal as (
    select
        document_id,
        'fiscal' as leg,
        source_system,
        payment_key,
        {{ null_text() }} as settlement_source_system,
        {{ null_text() }} as settlement_batch_id,
        match_rule,
        is_ambiguous,
        candidates,
        {{ null_text() }} as suggested_payment_key,
        {{ null_text() }} as channel,
        status as document_state,
        status = 'success' as is_effective,
        settlement_kind = 'payment' as is_leg,
        order_id,
        {{ null_text() }} as invoice_id,
        amount,
        currency,
        created_at,
        coalesce(registered_at, checked_at, created_at) as event_at,
        _file_name,
        _file_sha256,
        _row_number
    from {{ ref('int_identity__fiscal_receipts') }}
)

select * from provider
union all
select * from website
union all
select * from erp
union all
select * from fiscal
