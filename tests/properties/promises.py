"""What must hold after every run, as queries that find what breaks it. Written from the specification over the raw rows
and the marts alone: the models between and their own tests are what is on trial.
"""

STATUSES = "('matched', 'mismatched', 'missing', 'ambiguous', 'pending', 'accepted', 'not_applicable')"

ONCE = {
    "fct_payment_reconciliation": "payment_key",
    "fct_document_links": "document_id",
    "fct_exceptions": "exception_id",
    "fct_invoice_ledger": "ledger_event_id",
    "fct_invoice_balances": "invoice_id",
    "fct_refund_reconciliation": "refund_key",
    "fct_unapplied_payments": "document_id",
}
"""Key of each mart in which something could count twice."""

CLAIMED_ONCE = {
    "fct_refund_reconciliation": ("provider_document_id", "erp_document_id", "receipt_document_id"),
    "fct_settlement_reconciliation": ("bank_document_id",),
}
"""Columns that name what a row takes for itself alone."""


def _doubles() -> dict[str, str]:
    return {
        f"{table}: {column} twice": (
            f"select {column} from marts.{table} where {column} is not null group by {column} having count(*) > 1"
        )
        for table, columns in [*((table, (key,)) for table, key in ONCE.items()), *CLAIMED_ONCE.items()]
        for column in columns
    }


PAYMENT_IDS = """
    select payment_id from raw.provider__payments union select payment_id from raw.website__payments
    union select payment_id from raw.erp__payments union select payment_id from raw.fiscal__receipts
    union select payment_id from raw.crm__deals union select payment_id from raw.crm__payment_requests
    union select payment_key from raw.manual__decisions
    union select concat('provider:', source_system, ':', provider_payment_id) from raw.provider__payments
    union select concat('website:', source_system, ':', payment_id) from raw.website__payments
    union select concat('erp:', source_system, ':', split_part(erp_document_id, '#', 1)) from raw.erp__payments
    union select concat('fiscal:', source_system, ':', receipt_id) from raw.fiscal__receipts
"""

SUBJECTS = {
    "payment": PAYMENT_IDS,
    "refund": """
        select refund_id from raw.provider__refunds union select refund_id from raw.erp__refunds
        union select concat('provider:', source_system, ':', provider_refund_id) from raw.provider__refunds
        union select concat('erp:', source_system, ':', erp_document_id) from raw.erp__refunds
    """,
    "order": "select order_id from raw.website__orders",
    "invoice": "select invoice_id from raw.crm__invoices union select invoice_id from raw.erp__invoices",
    "document": """
        select concat('provider.payments:', source_system, ':', provider_payment_id) from raw.provider__payments
        union select concat('website.payments:', source_system, ':', payment_id) from raw.website__payments
        union select concat('erp.payments:', source_system, ':', split_part(erp_document_id, '#', 1)) from raw.erp__payments
        union select concat('erp.refunds:', source_system, ':', erp_document_id) from raw.erp__refunds
        union select concat('erp.payments:', source_system, ':', split_part(erp_document_id, '#', 1)) from raw.erp__export_queue
        union select concat('fiscal.receipts:', source_system, ':', receipt_id) from raw.fiscal__receipts
        union select concat('bank.lines:', source_system, ':', bank_line_id) from raw.bank__lines
    """,
    "dispute": "select concat(source_system, ':', dispute_id) from raw.provider__disputes",
    "payout": "select concat(source_system, ':', settlement_batch_id) from raw.provider__payouts",
    "delivery": "select concat(source_system, ':', delivery_id) from raw.warehouse__deliveries",
    "reserve": "select concat(source_system, ':', reserve_id) from raw.warehouse__reserves",
    "approval": "select concat(source_system, ':', approval_id) from raw.crm__approvals",
    "contract": "select concat(source_system, ':', contract_id) from raw.crm__contracts",
    "payment_request": "select concat(source_system, ':', payment_request_id) from raw.crm__payment_requests",
    "postpaid_invoice": "select concat(source_system, ':', platform_invoice_id) from raw.billing__invoices",
    "billing_payment": "select concat(source_system, ':', platform_payment_id) from raw.billing__payments",
    "decision": "select concat(source_system, ':', decision_id) from raw.manual__decisions",
    "feed": """
        select concat(feed, ':', date) from ops.feeds
        cross join (select distinct cast(unnest(generate_series(min(extract_date), max(extract_date), interval 1 day)) as date)
            from ops.load_log) as dates (date)
    """,
}
"""By subject type every subject that any raw row knows."""


def _subjects() -> dict[str, str]:
    listed = "\nunion all\n".join(
        f"select '{kind}' as subject_type, known.subject_id from ({query}) as known (subject_id)"
        for kind, query in SUBJECTS.items()
    )
    return {
        "an exception's subject is known to no system": (
            f"with subjects as ({listed}) select exception_code, subject_type, subject_id from marts.fct_exceptions "
            "where (subject_type, subject_id) not in (select (subject_type, subject_id) from subjects where subject_id is not null)"
        )
    }


LEGS = {
    "provider": "select distinct concat('provider.payments:', source_system, ':', provider_payment_id) from raw.provider__payments",
    "website": "select distinct concat('website.payments:', source_system, ':', payment_id) from raw.website__payments",
    "erp": "select distinct concat('erp.payments:', source_system, ':', split_part(erp_document_id, '#', 1)) from raw.erp__payments",
}


def _lost_documents() -> dict[str, str]:
    return {
        f"{leg} documents lost or made up": (
            f"(({query}) except select document_id from marts.fct_document_links where leg = '{leg}') union all "
            f"(select document_id from marts.fct_document_links where leg = '{leg}' except ({query}))"
        )
        for leg, query in LEGS.items()
    }


BROKEN: dict[str, str] = {
    **_doubles(),
    **_subjects(),
    **_lost_documents(),
    "a payment without a status": (
        f"select payment_key from marts.fct_payment_reconciliation where coalesce(match_status in {STATUSES}, false) = false"
    ),
    "an exception id that is not the md5 of what it is about": (
        "select exception_id from marts.fct_exceptions "
        "where exception_id <> md5(concat(exception_code, '|', subject_type, '|', subject_id))"
    ),
    "a document in no payment and no payout": (
        "select document_id from marts.fct_document_links as links "
        "where (payment_key is null or payment_key not in (select payment_key from marts.fct_payment_reconciliation)) "
        "and settlement_batch_id is null"
    ),
    "an exception of a payment that is not there": (
        "select exception_code, payment_key from marts.fct_exceptions where state <> 'auto_closed' and payment_key is not null "
        "and payment_key not in (select payment_key from marts.fct_payment_reconciliation)"
    ),
    "money applied beyond its document": (
        "with applied as (select document_id, -amount as amount from marts.fct_invoice_ledger "
        "where event_kind in ('prepayment', 'payment', 'overpayment') "
        "union all select document_id, amount from marts.fct_unapplied_payments) "
        "select document_id, sum(applied.amount), min(links.amount) from applied "
        "left join marts.fct_document_links as links using (document_id) "
        "group by document_id having sum(applied.amount) > coalesce(min(links.amount), 0)"
    ),
    "an invoice's debt is not the sum of its events": (
        "select invoice_id, debt_amount - overpayment_amount, sum(ledger.amount) from marts.fct_invoice_balances "
        "left join marts.fct_invoice_ledger as ledger using (invoice_id) group by all "
        "having debt_amount - overpayment_amount <> coalesce(sum(ledger.amount), 0)"
    ),
    "exceptions open, opened and closed do not add up from run to run": (
        "with days as (select as_of_date, sum(opened_count) as opened, sum(closed_count) as closed, sum(open_count) as open "
        "from marts.fct_daily_summary group by as_of_date), "
        "chained as (select *, lag(open, 1, 0) over (order by as_of_date) as before from days) "
        "select * from chained where before + opened - closed <> open"
    ),
    "open exceptions are not those of the summary": (
        "with listed as (select count(*) as open from marts.fct_exceptions where state in ('open', 'snoozed')), "
        "summed as (select coalesce(sum(open_count), 0) as open from marts.fct_daily_summary "
        "where as_of_date = (select max(as_of_date) from marts.fct_source_coverage)) "
        "select listed.open, summed.open from listed cross join summed where listed.open <> summed.open"
    ),
}
"""What may never be found, by what it would mean."""
