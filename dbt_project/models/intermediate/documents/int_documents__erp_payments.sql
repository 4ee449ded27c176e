-- ERP payment documents: parts `<id>#1`, `<id>#2` of one document are one row here (contracts.md, erp.payments).
with

parts as (
    select
        *,
        {{ whole_document_id('erp_document_id') }} as whole_document_id
    from {{ ref('stg_erp__payments') }}
),

divided as (
    select
        source_system,
        whole_document_id,
        min(case when not deleted then erp_document_id end) as first_part_id,
        min(erp_document_id) as any_part_id,
        {{ any_row('not deleted') }} as is_alive,
        {{ any_row('not deleted and not posted') }} as has_unposted_part,
        sum(case when not deleted then amount else 0 end) as alive_amount,
        sum(amount) as whole_amount,
        count(distinct payment_id) as payment_ids,
        count(distinct order_id) as order_ids
    from parts
    where position('#' in erp_document_id) > 0
    group by source_system, whole_document_id
),

whole_with_parts as (
    select
        parts.source_system,
        parts.erp_document_id,
        parts.amount
    from parts
    inner join divided
        on parts.source_system = divided.source_system and parts.erp_document_id = divided.whole_document_id
),

heads as (
    select
        parts.*,
        case when divided.is_alive then divided.alive_amount else divided.whole_amount end
        + coalesce(whole_with_parts.amount, 0) as document_amount,
        divided.is_alive and not divided.has_unposted_part as is_posted,
        not divided.is_alive as is_deleted,
        divided.payment_ids > 1 as has_several_payment_ids,
        case when divided.order_ids <= 1 then parts.order_id end as document_order_id,
        true as is_split
    from divided
    inner join parts
        on
            divided.source_system = parts.source_system
            and coalesce(divided.first_part_id, divided.any_part_id) = parts.erp_document_id
    left join whole_with_parts
        on
            divided.source_system = whole_with_parts.source_system
            and divided.whole_document_id = whole_with_parts.erp_document_id
),

undivided as (
    select
        parts.*,
        parts.amount as document_amount,
        parts.posted and not parts.deleted as is_posted,
        parts.deleted as is_deleted,
        false as has_several_payment_ids,
        parts.order_id as document_order_id,
        false as is_split
    from parts
    left join divided
        on parts.source_system = divided.source_system and parts.erp_document_id = divided.whole_document_id
    where
        position('#' in parts.erp_document_id) = 0
        and divided.whole_document_id is null
),

documents as (
    select * from heads
    union all
    select * from undivided
)

select
    ---------- ids
    {{ document_id('erp.payments', 'whole_document_id') }} as document_id,
    source_system,
    whole_document_id as erp_document_id,
    number,
    case when not has_several_payment_ids then payment_id end as payment_id,
    provider_reference,
    document_order_id as order_id,
    case when not is_split then invoice_id end as invoice_id,
    customer_id,
    customer_tax_id,
    organisation_tax_id,
    contract_id,
    ---------- states
    document_type,
    is_posted,
    is_deleted,
    is_split,
    has_several_payment_ids,
    is_manual,
    changed_by,
    change_reason,
    changed_at,
    fiscal_receipt_number,
    fiscal_receipt_status,
    fiscal_checked_at,
    ---------- amounts
    cast(document_amount as decimal(19, 4)) as amount,
    currency,
    ---------- times
    document_date,
    updated_at,
    ---------- source
    _file_name,
    _file_sha256,
    _row_number
from documents
