-- a template loop over the contracts has its own indentation:
-- noqa: disable=LT02
-- Guards against a record that counts twice, or without an identity: each key has one row in staging.
{%- set keys = {
    'bank__lines': ['bank_line_id'],
    'billing__invoices': ['platform_invoice_id'],
    'billing__payments': ['platform_payment_id'],
    'billing__accounts': ['personal_account'],
    'crm__customers': ['customer_id'],
    'crm__contracts': ['contract_id'],
    'crm__invoices': ['invoice_id'],
    'crm__payment_requests': ['payment_request_id'],
    'crm__deals': ['deal_id'],
    'crm__approvals': ['approval_id'],
    'erp__payments': ['erp_document_id'],
    'erp__refunds': ['erp_document_id'],
    'erp__invoices': ['erp_document_id'],
    'erp__adjustments': ['adjustment_id'],
    'erp__export_queue': ['erp_document_id'],
    'fiscal__receipts': ['receipt_id', 'attempt_no'],
    'manual__decisions': ['decision_id'],
    'provider__payments': ['provider_payment_id'],
    'provider__refunds': ['provider_refund_id'],
    'provider__disputes': ['dispute_id'],
    'provider__payouts': ['settlement_batch_id'],
    'warehouse__reserves': ['reserve_id'],
    'warehouse__deliveries': ['delivery_id'],
    'warehouse__returns': ['return_id'],
    'website__orders': ['order_id'],
    'website__payments': ['payment_id'],
} %}

{% for table, key in keys.items() %}
    select
        '{{ table }}' as record_kind,
        concat(source_system{% for column in key %}, '|', {{ column }}{% endfor %}) as record_key,
        count(*) as current_versions
    from {{ ref('stg_' ~ table) }}
    group by source_system, {{ key | join(', ') }}
    having
        count(*) > 1
        or source_system is null
        {% for column in key %}
            or {{ column }} is null
        {% endfor %}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
