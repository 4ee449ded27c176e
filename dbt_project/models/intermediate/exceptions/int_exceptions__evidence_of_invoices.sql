-- What each system said about invoices, goods, approvals, contracts and payment requests: their own records, and those of
-- the invoices, orders and payments they are compared with.
{{ config(materialized='view') }}

{#- contract, its id, the ids that link it, state, amount, time -#}
{%- set records = [
    ('crm.invoices', 'invoice_id', ['invoice_id', 'order_id'], 'status', 'amount', 'currency', 'coalesce(updated_at, issued_at)'),
    ('erp.invoices', 'erp_document_id', ['invoice_id', 'order_id'],
        "case when deleted then 'deleted' when not posted then 'unposted' else status end", 'amount', 'currency', 'coalesce(updated_at, issued_at)'),
    ('erp.adjustments', 'adjustment_id', ['invoice_id'], "case when posted then 'posted' else 'unposted' end", 'amount', 'currency', 'created_at'),
    ('crm.contracts', 'contract_id', [], 'status', 'credit_limit', 'currency', 'coalesce(updated_at, ' ~ start_of_date('valid_from') ~ ')'),
    ('crm.payment_requests', 'payment_request_id', [], 'status', 'amount', 'currency', 'coalesce(updated_at, created_at)'),
    ('crm.approvals', 'approval_id', ['invoice_id', 'reserve_id'], 'approval_type', 'null', null_text(),
        'coalesce(approved_at, updated_at, ' ~ start_of_date('_extract_date') ~ ')'),
    ('website.orders', 'order_id', ['order_id'], 'status', 'amount', 'currency', 'coalesce(updated_at, created_at)'),
    ('warehouse.reserves', 'reserve_id', ['invoice_id', 'order_id', 'reserve_id'], 'status', 'amount', 'currency', 'coalesce(released_at, reserved_at)'),
    ('warehouse.deliveries', 'delivery_id', ['invoice_id', 'order_id', 'reserve_id'], 'status', 'amount', 'currency', 'shipped_at'),
] %}

with

records as (
    {%- for contract, id, links, state, amount, currency, event_at in records %}
    select
        {{ document_id(contract, id) }} as document_id,
        {% for link in ['invoice_id', 'order_id', 'reserve_id'] -%}
        {{ link if link in links else null_text() }} as {{ link }},
        {% endfor -%}
        {{ state }} as state,
        cast({{ amount }} as decimal(19, 4)) as amount,
        {{ currency }} as currency,
        {{ event_at }} as event_at,
        _file_name,
        _row_number
    from {{ ref('stg_' ~ contract | replace('.', '__')) }}
    union all
    {%- endfor %}
    select
        concat('warehouse.returns:', returns.source_system, ':', returns.return_id) as document_id,
        known.invoice_id,
        returns.order_id,
        {{ null_text() }} as reserve_id,
        returns.status as state,
        returns.amount,
        returns.currency,
        returns.returned_at as event_at,
        returns._file_name,
        returns._row_number
    from {{ ref('stg_warehouse__returns') }} as returns
    inner join {{ ref('int_ledger__returns') }} as known
        on concat('warehouse.returns:', returns.source_system, ':', returns.return_id) = known.document_id
    union all
    -- deliveries that name only a reserve, with the invoice they ship
    select
        known.document_id,
        known.invoice_id,
        {{ null_text() }} as order_id,
        {{ null_text() }} as reserve_id,
        deliveries.status as state,
        deliveries.amount,
        deliveries.currency,
        deliveries.shipped_at as event_at,
        deliveries._file_name,
        deliveries._row_number
    from {{ ref('stg_warehouse__deliveries') }} as deliveries
    inner join {{ ref('int_ledger__deliveries') }} as known
        on
            deliveries.source_system = known.source_system
            and deliveries.delivery_id = known.delivery_id
    where deliveries.invoice_id is null
),

money as (
    select
        document_id,
        payment_key,
        {{ null_text() }} as invoice_id,
        document_state as state,
        amount,
        currency,
        event_at,
        _file_name,
        _row_number
    from {{ ref('int_identity__documents') }}
    union all
    select
        document_id,
        payment_key,
        {{ null_text() }} as invoice_id,
        provider_state as state,
        amount,
        currency,
        coalesce(refunded_at, created_at) as event_at,
        _file_name,
        _row_number
    from {{ ref('int_refunds__provider_refunds') }}
    union all
    select
        document_id,
        payment_key,
        {{ null_text() }} as invoice_id,
        status as state,
        amount,
        currency,
        closed_at as event_at,
        _file_name,
        _row_number
    from {{ ref('int_refunds__disputes') }}
    union all
    select
        document_id,
        payment_key,
        invoice_id,
        'posted' as state,
        amount,
        currency,
        document_date as event_at,
        _file_name,
        _row_number
    from {{ ref('int_refunds__erp_refunds') }}
),

-- Cancelled goods ask for no clearance any more; what was said of them is still told.
goods as (
    {%- for goods_type, contract, id in [('delivery', 'warehouse.deliveries', 'delivery_id'), ('reserve', 'warehouse.reserves', 'reserve_id')] %}
    {%- if not loop.first %}
    union all
    {%- endif %}
    select
        '{{ goods_type }}' as subject_type,
        concat(records.source_system, ':', records.{{ id }}) as subject_id,
        concat('{{ contract }}:', records.source_system, ':', records.{{ id }}) as document_id,
        coalesce(known.invoice_id, records.invoice_id) as invoice_id,
        case when not known.is_invoice_known then known.order_id end as order_id,
        records.reserve_id
    from {{ ref('stg_' ~ contract | replace('.', '__')) }} as records
    left join {{ ref('int_clearance__goods') }} as known
        on
            known.goods_type = '{{ goods_type }}'
            and records.source_system = known.source_system
            and records.{{ id }} = known.goods_id
    {%- endfor %}
),

exposed_invoices as (
    select
        contract_id,
        invoice_id
    from {{ ref('fct_invoice_balances') }}
    where exposure_amount > 0
),

-- Each subject with the document it is, and what it is compared with.
subjects as (
    select
        'invoice' as subject_type,
        invoice_id as subject_id,
        document_id,
        invoice_id,
        {{ null_text() }} as order_id,
        {{ null_text() }} as reserve_id,
        {{ null_text() }} as payment_key
    from {{ ref('int_ledger__invoices') }}
    union all
    select
        subject_type,
        subject_id,
        document_id,
        invoice_id,
        order_id,
        reserve_id,
        {{ null_text() }} as payment_key
    from goods
    union all
    select
        'approval' as subject_type,
        concat(source_system, ':', approval_id) as subject_id,
        {{ document_id('crm.approvals', 'approval_id') }} as document_id,
        {{ null_text() }} as invoice_id,
        {{ null_text() }} as order_id,
        reserve_id,
        {{ null_text() }} as payment_key
    from {{ ref('stg_crm__approvals') }}
    union all
    select
        'contract' as subject_type,
        concat(contracts.source_system, ':', contracts.contract_id) as subject_id,
        concat('crm.contracts:', contracts.source_system, ':', contracts.contract_id) as document_id,
        exposed_invoices.invoice_id,
        {{ null_text() }} as order_id,
        {{ null_text() }} as reserve_id,
        {{ null_text() }} as payment_key
    from {{ ref('stg_crm__contracts') }} as contracts
    left join exposed_invoices on contracts.contract_id = exposed_invoices.contract_id
    union all
    select
        'payment_request' as subject_type,
        concat(source_system, ':', payment_request_id) as subject_id,
        {{ document_id('crm.payment_requests', 'payment_request_id') }} as document_id,
        {{ null_text() }} as invoice_id,
        {{ null_text() }} as order_id,
        {{ null_text() }} as reserve_id,
        payment_id as payment_key
    from {{ ref('stg_crm__payment_requests') }}
),

told as (
    select
        open_subjects.exception_id,
        subjects.document_id,
        subjects.invoice_id,
        subjects.order_id,
        subjects.reserve_id,
        subjects.payment_key
    from {{ ref('int_exceptions__subjects') }} as open_subjects
    inner join subjects
        on
            open_subjects.subject_type = subjects.subject_type
            and open_subjects.subject_id = subjects.subject_id
),

told_payments as (
    select
        exception_id,
        payment_key
    from told
    union
    select
        told.exception_id,
        lines.payment_key
    from told
    inner join {{ ref('int_ledger__allocations') }} as lines on told.invoice_id = lines.invoice_id
    union
    select
        told.exception_id,
        lines.payment_key
    from told
    inner join {{ ref('int_ledger__allocations') }} as lines on told.order_id = lines.order_id
),

said as (
    {%- for link in ['document_id', 'invoice_id', 'order_id', 'reserve_id'] %}
    select
        told.exception_id,
        records.document_id,
        records.state,
        records.amount,
        records.currency,
        records.event_at,
        records._file_name,
        records._row_number
    from told
    inner join records on told.{{ link }} = records.{{ link }}
    union
    {%- endfor %}
    select
        told.exception_id,
        money.document_id,
        money.state,
        money.amount,
        money.currency,
        money.event_at,
        money._file_name,
        money._row_number
    from told
    inner join money on told.invoice_id = money.invoice_id
    union
    select
        told_payments.exception_id,
        money.document_id,
        money.state,
        money.amount,
        money.currency,
        money.event_at,
        money._file_name,
        money._row_number
    from told_payments
    inner join money on told_payments.payment_key = money.payment_key
)

select
    exception_id,
    document_id,
    state,
    amount,
    currency,
    event_at,
    _file_name as file_name,
    _row_number as row_number
from said
