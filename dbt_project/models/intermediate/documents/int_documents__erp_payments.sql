-- ERP payment documents: parts `<id>#1`, `<id>#2` of one document are one row here (contracts.md, erp.payments).
with

rows_of_documents as (
    select
        *,
        {{ whole_document_id('erp_document_id') }} as whole_document_id,
        {{ is_document_part('erp_document_id') }} as is_part
    from {{ ref('stg_erp__payments') }}
),

forms as (
    select
        rows_of_documents.source_system,
        rows_of_documents.whole_document_id,
        rows_of_documents.is_part,
        concat(
            case when rows_of_documents.deleted then 'deleted ' else 'living ' end,
            cast(rows_of_documents._extract_date as {{ dbt.type_string() }}), '/',
            cast(1000000 + rows_of_documents._delivery as {{ dbt.type_string() }})
        ) as arrival
    from rows_of_documents
    inner join (
        select distinct
            source_system,
            whole_document_id
        from rows_of_documents
        where is_part
    ) as divided_documents
        on
            rows_of_documents.source_system = divided_documents.source_system
            and rows_of_documents.whole_document_id = divided_documents.whole_document_id
),

-- A document that came whole and came in parts counts in the form that lives, else arrived last: both would be its money twice.
in_both_forms as (
    select
        source_system,
        whole_document_id,
        max(case when is_part then arrival end) >= max(case when not is_part then arrival end) as counts_in_parts
    from forms
    group by source_system, whole_document_id
    having count(distinct is_part) = 2
),

counting as (
    select rows_of_documents.*
    from rows_of_documents
    left join in_both_forms
        on
            rows_of_documents.source_system = in_both_forms.source_system
            and rows_of_documents.whole_document_id = in_both_forms.whole_document_id
    where
        in_both_forms.whole_document_id is null
        or in_both_forms.counts_in_parts = rows_of_documents.is_part
),

-- Deleted parts say nothing, unless the whole document is deleted.
parts as (
    select
        *,
        row_number() over (partition by source_system, whole_document_id order by erp_document_id) as part_rank
    from (
        select
            *,
            count(case when not deleted then 1 end) over (partition by source_system, whole_document_id) as living_parts
        from counting
        where is_part
    ) as counted
    where
        not deleted
        or living_parts = 0
),

divided as (
    select
        source_system,
        whole_document_id,
        max(number) as number,
        min(payment_id) as payment_id,
        count(distinct payment_id) > 1 as has_several_payment_ids,
        min(provider_reference) as provider_reference,
        case when count(distinct order_id) = 1 then min(order_id) end as order_id,
        {{ null_text() }} as invoice_id,
        min(customer_id) as customer_id,
        min(customer_tax_id) as customer_tax_id,
        min(organisation_tax_id) as organisation_tax_id,
        min(contract_id) as contract_id,
        max(case when part_rank = 1 then document_type end) as document_type,
        {{ any_row('deleted or not posted') }} = false as is_posted,
        {{ any_row('deleted') }} as is_deleted,
        true as is_split,
        {{ any_row('is_manual') }} as is_manual,
        -- what a part changed by hand does not say, the document does not say
        case when {{ any_row('is_manual and changed_by is null') }} = false then max(changed_by) end as changed_by,
        case when {{ any_row('is_manual and change_reason is null') }} = false then max(change_reason) end as change_reason,
        case when {{ any_row('is_manual and changed_at is null') }} = false then max(changed_at) end as changed_at,
        max(fiscal_receipt_number) as fiscal_receipt_number,
        max(case when part_rank = 1 then fiscal_receipt_status end) as fiscal_receipt_status,
        max(fiscal_checked_at) as fiscal_checked_at,
        sum(amount) as amount,
        min(currency) as currency,
        count(distinct currency) > 1 as has_several_currencies,
        min(document_date) as document_date,
        max(updated_at) as updated_at,
        max(case when part_rank = 1 then _file_name end) as _file_name,
        max(case when part_rank = 1 then _file_sha256 end) as _file_sha256,
        max(case when part_rank = 1 then _row_number end) as _row_number
    from parts
    group by source_system, whole_document_id
),

undivided as (
    select
        source_system,
        whole_document_id,
        number,
        payment_id,
        false as has_several_payment_ids,
        provider_reference,
        order_id,
        invoice_id,
        customer_id,
        customer_tax_id,
        organisation_tax_id,
        contract_id,
        document_type,
        posted and not deleted as is_posted,
        deleted as is_deleted,
        false as is_split,
        is_manual,
        changed_by,
        change_reason,
        changed_at,
        fiscal_receipt_number,
        fiscal_receipt_status,
        fiscal_checked_at,
        amount,
        currency,
        false as has_several_currencies,
        document_date,
        updated_at,
        _file_name,
        _file_sha256,
        _row_number
    from counting
    where not is_part
),

documents as (
    select * from divided
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
    order_id,
    invoice_id,
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
    cast(amount as decimal(19, 4)) as amount,
    currency,
    has_several_currencies,
    ---------- times
    document_date,
    updated_at,
    ---------- source
    _file_name,
    _file_sha256,
    _row_number
from documents
