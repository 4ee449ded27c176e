-- What each bank line of money in belongs to (matching.md, Bank): a payout, a posted ERP payment, lines that policy ignores,
-- or nothing. One line belongs to one thing, and a payout or document has one line.
with

lines as (
    select
        concat('bank.lines:', source_system, ':', bank_line_id) as document_id,
        source_system,
        bank_line_id,
        booked_date,
        booked_date as event_date,
        {{ end_of_date('booked_date') }} as event_at,
        amount,
        currency,
        counterparty_name,
        counterparty_tax_id,
        purpose,
        bank_reference,
        {{ whole_document_id('erp_document_id') }} as erp_document_id,
        _file_name,
        _file_sha256,
        _row_number
    from {{ ref('stg_bank__lines') }}
    where amount > 0
),

payouts as (
    select
        concat('provider.payouts:', source_system, ':', settlement_batch_id) as document_id,
        bank_reference,
        net_amount as amount,
        currency,
        payout_date as event_date,
        {{ end_of_date('payout_date') }} as event_at
    from {{ ref('stg_provider__payouts') }}
    where net_amount > 0
),

documents as (
    select
        document_id,
        erp_document_id,
        document_type,
        channel,
        customer_tax_id as counterparty_tax_id,
        amount,
        currency,
        {{ business_date('document_date') }} as event_date,
        document_date as event_at
    from {{ ref('int_identity__erp_payments') }}
    where is_posted
),

---------- a payout: by its reference, and one without a reference by amount and days

payouts_with_reference as (
    select * from payouts
    where bank_reference is not null
),

by_reference as (
    {{ pair_in_time_order('payouts_with_reference', 'lines', ['bank_reference', 'amount', 'currency']) }}
),

payouts_without_reference as (
    select * from payouts
    where bank_reference is null
),

lines_without_reference as (
    select lines.*
    from lines
    left join by_reference on lines.document_id = by_reference.right_id
    where by_reference.right_id is null
),

{{ pair_within_days('by_net_amount', 'payouts_without_reference', 'lines_without_reference', ['amount', 'currency'], 0, 5) }},

---------- a posted ERP payment: the one it names

lines_without_payout as (
    select lines_without_reference.*
    from lines_without_reference
    left join by_net_amount on lines_without_reference.document_id = by_net_amount.right_id
    where by_net_amount.right_id is null
),

named_documents as (
    select documents.*
    from documents
    inner join (
        select distinct erp_document_id from lines_without_payout
    ) as named on documents.erp_document_id = named.erp_document_id
),

by_erp_document as (
    {{ pair_in_time_order('named_documents', 'lines_without_payout', ['erp_document_id']) }}
),

---------- a direct ERP payment of the same payer: those that go through the bank first, cash after them

direct_documents as (
    select
        documents.*,
        documents.document_type in ('bank_receipt', 'incoming_payment_order') as goes_through_bank
    from documents
    left join by_erp_document on documents.document_id = by_erp_document.left_id
    where
        by_erp_document.left_id is null
        and documents.channel = 'direct'
),

bank_documents as (
    select * from direct_documents
    where goes_through_bank
),

other_documents as (
    select * from direct_documents
    where not goes_through_bank
),

lines_of_payers as (
    select lines_without_payout.*
    from lines_without_payout
    left join by_erp_document on lines_without_payout.document_id = by_erp_document.right_id
    where by_erp_document.right_id is null
),

{{ pair_within_days('by_payer', 'bank_documents', 'lines_of_payers', ['counterparty_tax_id', 'amount', 'currency'], -1, 3) }},

lines_of_other_payers as (
    select lines_of_payers.*
    from lines_of_payers
    left join by_payer on lines_of_payers.document_id = by_payer.right_id
    where by_payer.right_id is null
),

{{ pair_within_days('by_other_payer', 'other_documents', 'lines_of_other_payers', ['counterparty_tax_id', 'amount', 'currency'], -1, 3) }},

---------- what policy ignores

ignored as (
    select distinct
        {{ null_text() }} as left_id,
        lines_of_other_payers.document_id as right_id
    from lines_of_other_payers
    left join by_other_payer on lines_of_other_payers.document_id = by_other_payer.right_id
    inner join {{ ref('bank_ignored_lines') }} as policy
        on position(lower(policy.purpose_contains) in lower(lines_of_other_payers.purpose)) > 0
    where
        by_other_payer.right_id is null
        and policy.purpose_contains <> ''
),

{% set steps = {
    'by_reference': ('payout', 'bank_reference'),
    'by_net_amount': ('payout', 'net_amount'),
    'by_erp_document': ('erp_payment', 'erp_document_id'),
    'by_payer': ('erp_payment', 'counterparty'),
    'by_other_payer': ('erp_payment', 'counterparty'),
    'ignored': ('ignored', 'policy'),
} -%}

belonging as (
    {%- for step, (belongs_to, match_rule) in steps.items() %}
    {{ 'union all' if not loop.first }}
    select
        right_id,
        left_id,
        '{{ belongs_to }}' as belongs_to,
        '{{ match_rule }}' as match_rule
    from {{ step }}
    {%- endfor %}
)

select
    ---------- ids
    lines.document_id,
    lines.source_system,
    lines.bank_line_id,
    ---------- what it belongs to
    coalesce(belonging.belongs_to, 'nothing') as belongs_to,
    belonging.left_id as belongs_to_id,
    coalesce(belonging.match_rule, 'none') as match_rule,
    ---------- amounts
    lines.amount,
    lines.currency,
    ---------- counterparty
    lines.counterparty_name,
    lines.purpose,
    ---------- times
    lines.booked_date,
    lines.event_at as booked_at,
    ---------- source
    lines._file_name,
    lines._file_sha256,
    lines._row_number
from lines
left join belonging on lines.document_id = belonging.right_id
