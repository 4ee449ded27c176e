-- Every invoice someone knows: the CRM's word, else the posted ERP invoice issued first (ledger.md, issued).
with

crm as (
    select
        *,
        row_number() over (partition by invoice_id order by issued_at, source_system) as invoice_rank
    from {{ ref('stg_crm__invoices') }}
),

erp as (
    select
        *,
        row_number() over (
            partition by invoice_id
            order by case when status = 'cancelled' then 1 else 0 end, issued_at, source_system, erp_document_id
        ) as invoice_rank
    from {{ ref('stg_erp__invoices') }}
    where posted and not deleted and invoice_id is not null
),

contracts as (
    select
        *,
        row_number() over (partition by contract_id order by source_system) as contract_rank,
        -- no terms run for more than ten years: a mistyped number is no term
        case when payment_terms_days between 0 and 3650 then payment_terms_days else 0 end as term_days
    from {{ ref('stg_crm__contracts') }}
),

known as (
    select
        {{ document_id('crm.invoices', 'invoice_id') }} as document_id,
        invoice_id,
        order_id,
        customer_id,
        contract_id,
        true as is_in_crm,
        status,
        status in ('issued', 'approved', 'closed') as is_issued,
        amount,
        currency,
        issued_at,
        updated_at,
        due_date
    from crm
    where invoice_rank = 1
    union all
    select
        concat('erp.invoices:', erp.source_system, ':', erp.erp_document_id) as document_id,
        erp.invoice_id,
        erp.order_id,
        erp.customer_id,
        erp.contract_id,
        false as is_in_crm,
        erp.status,
        erp.status <> 'cancelled' as is_issued,
        erp.amount,
        erp.currency,
        erp.issued_at,
        erp.updated_at,
        erp.due_date
    from erp
    left join crm on erp.invoice_id = crm.invoice_id and crm.invoice_rank = 1
    where
        erp.invoice_rank = 1
        and crm.invoice_id is null
)

select
    known.document_id,
    known.invoice_id,
    known.order_id,
    coalesce(known.customer_id, contracts.customer_id) as customer_id,
    known.contract_id,
    contracts.responsible_manager,
    known.is_in_crm,
    known.status,
    known.is_issued,
    known.amount,
    known.currency,
    known.issued_at,
    coalesce(known.updated_at, known.issued_at) as changed_at,
    coalesce(
        known.due_date,
        {{ add_days(business_date('known.issued_at'), 'coalesce(contracts.term_days, 0)') }}
    ) as due_date
from known
left join contracts on known.contract_id = contracts.contract_id and contracts.contract_rank = 1
