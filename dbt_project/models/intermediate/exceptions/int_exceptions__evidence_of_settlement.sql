-- What systems said about payouts, bank lines and disputes. The payments of a payout are told by their sums: there are
-- thousands of them.
{{ config(materialized='view') }}

{% set no_file = null_text() ~ " as _file_name,\n        cast(null as bigint) as _row_number" -%}

with

payouts as (
    select * from {{ ref('int_settlement__payouts') }}
),

lines as (
    select
        document_id,
        belongs_to_id,
        belongs_to as state,
        amount,
        currency,
        booked_at as event_at,
        _file_name,
        _row_number
    from {{ ref('int_settlement__bank_lines') }}
),

documents_of_payouts as (
    select
        payout_id,
        document_id,
        concat(
            'gross ', cast(gross_amount as {{ dbt.type_string() }}),
            ', refunds ', cast(refund_amount as {{ dbt.type_string() }}),
            ', disputes ', cast(dispute_amount as {{ dbt.type_string() }}),
            ', fees ', cast(fee_amount as {{ dbt.type_string() }}),
            ', adjustment ', cast(adjustment_amount as {{ dbt.type_string() }})
        ) as state,
        net_amount as amount,
        currency,
        paid_out_at as event_at,
        _file_name,
        _row_number
    from payouts
    {%- for what, state, amount in [
        ('provider.payments', "concat(cast(payment_count as " ~ dbt.type_string() ~ "), ' paid')", 'expected_gross_amount'),
        ('fees of provider.payments', "'paid'", 'expected_fee_amount'),
        ('provider.refunds', "'succeeded'", 'expected_refund_amount'),
        ('provider.disputes', "'lost'", 'expected_dispute_amount'),
    ] %}
    union all
    select
        payout_id,
        concat('{{ what }} of batch ', settlement_batch_id) as document_id,
        {{ state }} as state,
        {{ amount }} as amount,
        currency,
        paid_out_at as event_at,
        {{ no_file }}
    from payouts
    {%- endfor %}
    union all
    select
        payouts.payout_id,
        lines.document_id,
        lines.state,
        lines.amount,
        lines.currency,
        lines.event_at,
        lines._file_name,
        lines._row_number
    from lines
    inner join payouts on lines.belongs_to_id = payouts.document_id
    union all
    select
        concat(settlement_source_system, ':', settlement_batch_id) as payout_id,
        document_id,
        case when is_posted then 'posted' when is_deleted then 'deleted' else 'unposted' end as state,
        amount,
        currency,
        document_date as event_at,
        _file_name,
        _row_number
    from {{ ref('int_identity__erp_payments') }}
    where settlement_batch_id is not null
),

disputes as (
    select
        concat(source_system, ':', dispute_id) as subject_id,
        payment_key,
        document_id,
        status as state,
        amount,
        currency,
        closed_at as event_at,
        _file_name,
        _row_number
    from {{ ref('int_refunds__disputes') }}
),

documents_of_disputes as (
    select
        subject_id,
        document_id,
        state,
        amount,
        currency,
        event_at,
        _file_name,
        _row_number
    from disputes
    union all
    select
        disputes.subject_id,
        refunds.document_id,
        'posted' as state,
        refunds.amount,
        refunds.currency,
        refunds.document_date as event_at,
        refunds._file_name,
        refunds._row_number
    from disputes
    inner join {{ ref('int_refunds__erp_refunds') }} as refunds on disputes.payment_key = refunds.payment_key
    union all
    select
        disputes.subject_id,
        payments.document_id,
        payments.status as state,
        payments.amount,
        payments.currency,
        coalesce(payments.paid_at, payments.updated_at, payments.created_at) as event_at,
        payments._file_name,
        payments._row_number
    from disputes
    inner join {{ ref('int_identity__provider_payments') }} as payments on disputes.payment_key = payments.payment_key
)

{{ evidence_rows('payout', 'documents_of_payouts', 'payout_id') }}

union all

{{ evidence_rows('document', 'lines', 'document_id') }}

union all

{{ evidence_rows('dispute', 'documents_of_disputes', 'subject_id') }}
