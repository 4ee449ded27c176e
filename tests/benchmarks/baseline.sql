-- What the benchmark compares with: the least SQL that gives a usable answer from the same files.
-- Loads each file with the types the demonstration's systems are known to write, keeps the last version of a payment
-- in each system, matches the four systems payment by payment and gives each payment a status.
-- It checks no row, quarantines nothing, links by ids and references alone, knows no grace, no coverage and no history.

---------- part: load

create table provider__payments as
select * from read_csv('{inbox}/provider.payments/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'source_system': 'text', 'provider_payment_id': 'text', 'provider_reference': 'text', 'payment_id': 'text',
    'order_id': 'text', 'invoice_id': 'text', 'status': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text',
    'fee_amount': 'decimal(19, 4)', 'method': 'text', 'created_at': 'timestamptz', 'paid_at': 'timestamptz',
    'updated_at': 'timestamptz', 'settlement_batch_id': 'text'
});

create table provider__refunds as
select * from read_json('{inbox}/provider.refunds/*/*.ndjson', filename = true, format = 'newline_delimited', columns = {
    'source_system': 'text', 'provider_refund_id': 'text', 'provider_payment_id': 'text', 'payment_id': 'text',
    'refund_id': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text', 'status': 'text', 'reason': 'text',
    'created_at': 'timestamptz', 'refunded_at': 'timestamptz', 'updated_at': 'timestamptz',
    'settlement_batch_id': 'text'
});

create table provider__disputes as
select * from read_csv('{inbox}/provider.disputes/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'source_system': 'text', 'dispute_id': 'text', 'provider_payment_id': 'text', 'amount': 'decimal(19, 4)',
    'currency': 'text', 'status': 'text', 'opened_at': 'timestamptz', 'closed_at': 'timestamptz',
    'updated_at': 'timestamptz', 'settlement_batch_id': 'text'
});

create table provider__payouts as
select * from read_csv('{inbox}/provider.payouts/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'source_system': 'text', 'settlement_batch_id': 'text', 'gross_amount': 'decimal(19, 4)',
    'refund_amount': 'decimal(19, 4)', 'dispute_amount': 'decimal(19, 4)', 'fee_amount': 'decimal(19, 4)',
    'adjustment_amount': 'decimal(19, 4)', 'net_amount': 'decimal(19, 4)', 'currency': 'text', 'payout_date': 'date',
    'bank_reference': 'text', 'updated_at': 'timestamptz'
});

create table website__orders as
select * from read_csv('{inbox}/website.orders/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'order_id': 'text', 'customer_id': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text', 'status': 'text',
    'created_at': 'timestamptz', 'updated_at': 'timestamptz'
});

create table website__payments as
select * from read_csv('{inbox}/website.payments/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'payment_id': 'text', 'order_id': 'text', 'invoice_id': 'text', 'provider_payment_id': 'text',
    'provider_reference': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text', 'status': 'text',
    'status_source': 'text', 'created_at': 'timestamptz', 'paid_at': 'timestamptz', 'updated_at': 'timestamptz'
});

create table crm__customers as
select * from read_csv('{inbox}/crm.customers/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'customer_id': 'text', 'name': 'text', 'customer_type': 'text', 'tax_id': 'text', 'accounting_code': 'text',
    'is_active': 'boolean', 'updated_at': 'timestamp'
});

create table crm__contracts as
select * from read_csv('{inbox}/crm.contracts/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'contract_id': 'text', 'customer_id': 'text', 'currency': 'text', 'credit_limit': 'decimal(19, 4)',
    'payment_terms_days': 'bigint', 'responsible_manager': 'text', 'personal_account': 'text',
    'valid_from': 'date', 'status': 'text', 'updated_at': 'timestamp'
});

create table crm__invoices as
select * from read_csv('{inbox}/crm.invoices/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'invoice_id': 'text', 'customer_id': 'text', 'contract_id': 'text', 'order_id': 'text',
    'amount': 'decimal(19, 4)', 'currency': 'text', 'issued_at': 'timestamp', 'due_date': 'date', 'status': 'text',
    'updated_at': 'timestamp'
});

create table crm__payment_requests as
select * from read_csv('{inbox}/crm.payment_requests/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'payment_request_id': 'text', 'invoice_id': 'text', 'customer_id': 'text', 'payment_id': 'text', 'kind': 'text',
    'amount': 'decimal(19, 4)', 'currency': 'text', 'due_date': 'date', 'expires_at': 'timestamp', 'status': 'text',
    'created_at': 'timestamp', 'updated_at': 'timestamp'
});

create table crm__deals as
select * from read_csv('{inbox}/crm.deals/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'deal_id': 'text', 'order_id': 'text', 'invoice_id': 'text', 'payment_id': 'text', 'payment_status': 'text',
    'amount': 'decimal(19, 4)', 'currency': 'text', 'updated_at': 'timestamp'
});

create table crm__approvals as
select * from read_json('{inbox}/crm.approvals/*/*.ndjson', filename = true, format = 'newline_delimited', columns = {
    'approval_id': 'text', 'approval_type': 'text', 'invoice_id': 'text', 'reserve_id': 'text', 'actor': 'text',
    'reason': 'text', 'approved_at': 'timestamp', 'valid_until': 'timestamp', 'updated_at': 'timestamp'
});

create table erp__payments as
select * from read_csv('{inbox}/erp.payments/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'erp_document_id': 'text', 'document_type': 'text', 'number': 'text', 'posted': 'boolean', 'deleted': 'boolean',
    'document_date': 'timestamp', 'payment_id': 'text', 'provider_reference': 'text', 'order_id': 'text',
    'invoice_id': 'text', 'customer_id': 'text', 'customer_tax_id': 'text', 'organisation_tax_id': 'text',
    'contract_id': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text', 'is_manual': 'boolean',
    'changed_by': 'text', 'change_reason': 'text', 'changed_at': 'timestamp', 'fiscal_receipt_status': 'text',
    'fiscal_checked_at': 'timestamp', 'updated_at': 'timestamp'
});

create table erp__refunds as
select * from read_csv('{inbox}/erp.refunds/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'erp_document_id': 'text', 'number': 'text', 'posted': 'boolean', 'deleted': 'boolean',
    'document_date': 'timestamp', 'original_erp_document_id': 'text', 'payment_id': 'text', 'refund_id': 'text',
    'provider_refund_id': 'text', 'invoice_id': 'text', 'customer_id': 'text', 'amount': 'decimal(19, 4)',
    'currency': 'text', 'is_manual': 'boolean', 'changed_by': 'text', 'change_reason': 'text',
    'changed_at': 'timestamp', 'updated_at': 'timestamp'
});

create table erp__invoices as
select * from read_csv('{inbox}/erp.invoices/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'erp_document_id': 'text', 'number': 'text', 'posted': 'boolean', 'deleted': 'boolean', 'invoice_id': 'text',
    'order_id': 'text', 'customer_id': 'text', 'customer_tax_id': 'text', 'contract_id': 'text',
    'amount': 'decimal(19, 4)', 'currency': 'text', 'issued_at': 'timestamp', 'due_date': 'date', 'status': 'text',
    'billing_period_start': 'date', 'account_id': 'text', 'updated_at': 'timestamp'
});

create table erp__export_queue as
select * from read_csv('{inbox}/erp.export_queue/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'erp_document_id': 'text', 'queued_at': 'timestamp', 'attempts': 'bigint', 'last_error': 'text'
});

create table erp__adjustments as
select * from read_csv('{inbox}/erp.adjustments/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'adjustment_id': 'text', 'invoice_id': 'text', 'customer_id': 'text', 'kind': 'text', 'amount': 'decimal(19, 4)',
    'currency': 'text', 'posted': 'boolean', 'actor': 'text', 'reason': 'text', 'created_at': 'timestamp',
    'updated_at': 'timestamp'
});

create table warehouse__reserves as
select * from read_csv('{inbox}/warehouse.reserves/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'reserve_id': 'text', 'invoice_id': 'text', 'order_id': 'text', 'customer_id': 'text', 'amount': 'decimal(19, 4)',
    'currency': 'text', 'status': 'text', 'reserved_at': 'timestamp', 'released_at': 'timestamp',
    'released_by': 'text', 'release_reason': 'text', 'updated_at': 'timestamp'
});

create table warehouse__deliveries as
select * from read_csv('{inbox}/warehouse.deliveries/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'delivery_id': 'text', 'reserve_id': 'text', 'invoice_id': 'text', 'order_id': 'text', 'amount': 'decimal(19, 4)',
    'currency': 'text', 'status': 'text', 'shipped_at': 'timestamp', 'updated_at': 'timestamp'
});

create table warehouse__returns as
select * from read_json('{inbox}/warehouse.returns/*/*.ndjson', filename = true, format = 'newline_delimited', columns = {
    'return_id': 'text', 'delivery_id': 'text', 'invoice_id': 'text', 'order_id': 'text', 'amount': 'decimal(19, 4)',
    'currency': 'text', 'status': 'text', 'returned_at': 'timestamp', 'reason': 'text', 'updated_at': 'timestamp'
});

create table fiscal__receipts as
select * from read_csv('{inbox}/fiscal.receipts/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'receipt_id': 'text', 'attempt_no': 'bigint', 'external_id': 'text', 'payment_id': 'text', 'refund_id': 'text',
    'provider_refund_id': 'text', 'erp_document_id': 'text', 'order_id': 'text', 'receipt_type': 'text',
    'settlement_kind': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text', 'status': 'text',
    'error_message': 'text', 'created_at': 'timestamptz', 'registered_at': 'timestamptz', 'checked_at': 'timestamptz',
    'fiscal_document_number': 'text', 'fiscal_sign': 'text', 'updated_at': 'timestamptz'
});

create table billing__invoices as
select * from read_csv('{inbox}/billing.invoices/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'platform_invoice_id': 'text', 'account_id': 'text', 'customer_id': 'text', 'billing_period_start': 'date',
    'billing_period_end': 'date', 'status': 'text', 'amount': 'decimal(19, 4)', 'currency': 'text',
    'external_total': 'decimal(19, 4)', 'external_currency': 'text', 'blocked_charges_amount': 'decimal(19, 4)',
    'closed_at': 'timestamptz', 'updated_at': 'timestamptz'
});

create table billing__payments as
select * from read_csv('{inbox}/billing.payments/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'platform_payment_id': 'text', 'kind': 'text', 'platform_invoice_id': 'text', 'personal_account': 'text',
    'erp_document_id': 'text', 'payer_tax_id': 'text', 'organisation_tax_id': 'text', 'method_name': 'text',
    'amount': 'decimal(19, 4)', 'currency': 'text', 'status': 'text', 'due_date': 'date',
    'created_at': 'timestamptz', 'paid_at': 'timestamptz', 'updated_at': 'timestamptz'
});

create table billing__accounts as
select * from read_csv('{inbox}/billing.accounts/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'personal_account': 'text', 'customer_id': 'text', 'organisation_tax_id': 'text', 'is_active': 'boolean',
    'updated_at': 'timestamptz'
});

create table bank__lines as
select * from read_csv('{inbox}/bank.lines/*/*.csv', filename = true, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {
    'bank_line_id': 'text', 'account': 'text', 'booked_date': 'date', 'amount': 'decimal(19, 4)', 'currency': 'text',
    'counterparty_name': 'text', 'counterparty_tax_id': 'text', 'purpose': 'text', 'bank_reference': 'text',
    'erp_document_id': 'text'
});

---------- part: match

create table matched as
with

provider_versions as (
    select * from provider__payments
    qualify row_number() over (
        partition by source_system, provider_payment_id order by updated_at desc nulls last, filename desc
    ) = 1
),

website_versions as (
    select * from website__payments
    qualify row_number() over (partition by payment_id order by updated_at desc nulls last, filename desc) = 1
),

erp_versions as (
    select * from erp__payments
    qualify row_number() over (partition by erp_document_id order by updated_at desc nulls last, filename desc) = 1
),

fiscal_versions as (
    select * from fiscal__receipts
    qualify row_number() over (
        partition by receipt_id, attempt_no order by updated_at desc nulls last, filename desc
    ) = 1
),

-- A provider payment and an ERP document without our id: by what the website and the provider say of theirs.
website_ids as (
    select provider_payment_id, min(payment_id) as payment_id
    from website_versions
    where provider_payment_id is not null
    group by all
),

provider_identified as (
    select
        coalesce(provider_versions.payment_id, website_ids.payment_id, provider_versions.provider_payment_id) as key,
        provider_versions.* exclude (payment_id)
    from provider_versions
    left join website_ids using (provider_payment_id)
),

provider_references as (
    select provider_reference, min(key) as key
    from provider_identified
    where provider_reference is not null
    group by all
),

erp_identified as (
    select
        coalesce(erp_versions.payment_id, provider_references.key, erp_versions.erp_document_id) as key,
        erp_versions.* exclude (payment_id)
    from erp_versions
    left join provider_references using (provider_reference)
),

erp_documents as (
    select erp_document_id, min(key) as key
    from erp_identified
    group by all
),

fiscal_identified as (
    select
        coalesce(fiscal_versions.payment_id, erp_documents.key, fiscal_versions.receipt_id) as key,
        fiscal_versions.* exclude (payment_id)
    from fiscal_versions
    left join erp_documents using (erp_document_id)
    where receipt_type = 'sale'
),

provider as (
    select
        key as payment_id,
        bool_or(status = 'paid') as is_paid,
        bool_or(status in ('created', 'pending', 'authorized')) as is_pending,
        sum(amount) filter (where status = 'paid') as amount,
        min(currency) as currency,
        min(paid_at) as paid_at
    from provider_identified
    group by all
),

website as (
    select
        payment_id,
        bool_or(status = 'paid') as is_paid,
        sum(amount) as amount,
        min(currency) as currency
    from website_versions
    group by all
),

erp as (
    select
        key as payment_id,
        bool_or(posted and not deleted) as is_posted,
        sum(amount) filter (where posted and not deleted) as amount,
        min(currency) as currency
    from erp_identified
    group by all
),

fiscal as (
    select
        key as payment_id,
        bool_or(status = 'success') as is_success,
        sum(amount) filter (where status = 'success') as amount,
        min(currency) as currency
    from fiscal_identified
    group by all
)

select
    payment_id,
    provider.is_paid as provider_paid,
    website.is_paid as website_paid,
    erp.is_posted as erp_posted,
    fiscal.is_success as fiscal_success,
    provider.amount as provider_amount,
    website.amount as website_amount,
    erp.amount as erp_amount,
    fiscal.amount as fiscal_amount,
    coalesce(provider.currency, website.currency, erp.currency, fiscal.currency) as currency,
    provider.paid_at,
    case
        when not coalesce(provider.is_paid, false) and not coalesce(erp.is_posted, false)
            then case when provider.is_pending then 'pending' else 'not_applicable' end
        when
            provider.amount is distinct from erp.amount
            and provider.amount is not null
            and erp.amount is not null
            then 'mismatched'
        when provider.amount is null or erp.amount is null or fiscal.amount is null then 'missing'
        when provider.amount is distinct from fiscal.amount then 'mismatched'
        when website.payment_id is not null and not website.is_paid then 'mismatched'
        else 'matched'
    end as match_status
from provider
full outer join website using (payment_id)
full outer join erp using (payment_id)
full outer join fiscal using (payment_id);

create table summary as
select
    cast(paid_at as date) as paid_date,
    currency,
    match_status,
    count(*) as payment_count,
    sum(provider_amount) as payment_amount
from matched
group by all;
