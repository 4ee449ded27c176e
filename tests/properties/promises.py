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
    # A document whose parts are in several currencies is not applied in each of them.
    "fct_unapplied_payments": "document_id, currency",
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
            f"select {column} from marts.{table} where ({column}) is not null group by {column} having count(*) > 1"
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
        union select concat('erp.payments:', source_system, ':', split_part(erp_document_id, '#', 1))
        from (select * from raw.erp__payments union all by name select * from raw.erp__export_queue)
        union select concat('erp.refunds:', source_system, ':', erp_document_id) from raw.erp__refunds
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
        cross join (
            select cast(unnest(generate_series(min(extract_date), max(extract_date), interval 1 day)) as date)
            from ops.load_log
        ) as dates (date)
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
            "where (subject_type, subject_id) not in "
            "(select (subject_type, subject_id) from subjects where subject_id is not null)"
        )
    }


LEGS = {
    "provider": (
        "select concat('provider.payments:', source_system, ':', provider_payment_id) from raw.provider__payments"
    ),
    "website": "select concat('website.payments:', source_system, ':', payment_id) from raw.website__payments",
    "erp": (
        "select concat('erp.payments:', source_system, ':', split_part(erp_document_id, '#', 1)) from raw.erp__payments"
    ),
}


def _lost_documents() -> dict[str, str]:
    return {
        f"{leg} documents lost or made up": (
            f"(({query}) except select document_id from marts.fct_document_links where leg = '{leg}') union all "
            f"(select document_id from marts.fct_document_links where leg = '{leg}' except ({query}))"
        )
        for leg, query in LEGS.items()
    }


SILENCED = (
    (
        "payment",
        "currency_mismatch",
        "erp_amount_mismatch website_amount_mismatch receipt_amount_mismatch erp_duplicate_document",
    ),
    ("payment", "currency_mismatch", "receipt_duplicate duplicate_payment"),
    ("payment", "erp_duplicate_document", "erp_amount_mismatch"),
    ("payment", "duplicate_payment", "erp_amount_mismatch website_amount_mismatch"),
    ("payment", "receipt_duplicate", "receipt_amount_mismatch"),
    ("order", "duplicate_payment", "order_amount_mismatch"),
    ("invoice", "return_not_refunded", "invoice_overpaid"),
    ("invoice", "erp_duplicate_invoice", "invoice_amount_mismatch"),
    ("postpaid_invoice", "postpay_invoice_ambiguous", "postpay_invoice_unmatched"),
)
"""Subject type, a code, and the codes that cannot hold beside it for the same subject."""


def _silenced() -> dict[str, str]:
    return {
        f"{loud} and what it silences, of one {subject}: {silent}": (
            "select quiet.exception_code, quiet.subject_id from marts.fct_exceptions as quiet "
            "inner join marts.fct_exceptions as loud using (subject_type, subject_id) "
            f"where subject_type = '{subject}' and loud.exception_code = '{loud}' "
            f"and quiet.exception_code in ('{silent.replace(' ', chr(39) + ', ' + chr(39))}') "
            "and quiet.state <> 'auto_closed' and loud.state <> 'auto_closed'"
        )
        for subject, loud, silent in SILENCED
    }


STATUS = """
    with counting as (
        select subject_id as payment_key, exception_class, state from marts.fct_exceptions
        where subject_type = 'payment' and state <> 'auto_closed'
        union all
        select payments.payment_key, exceptions.exception_class, exceptions.state
        from marts.fct_exceptions as exceptions
        inner join marts.fct_payment_reconciliation as payments
            on exceptions.subject_type = 'order' and exceptions.subject_id = payments.order_id
        where exceptions.exception_code = 'duplicate_payment' and exceptions.state <> 'auto_closed'
    ),
    undecided as (
        select payment_key from marts.fct_document_links where is_ambiguous
        union select unnest(candidates) from marts.fct_document_links where is_ambiguous
    ),
    counted as (
        select
            payment_key,
            bool_or(exception_class = 'mismatch' and state <> 'resolved') as has_mismatch,
            bool_or(exception_class = 'absent' and state <> 'resolved') as has_absence,
            bool_or(exception_class in ('mismatch', 'absent')) as has_any
        from counting
        group by payment_key
    ),
    expected as (
        select
            payments.payment_key,
            match_status,
            case
                when undecided.payment_key is not null then 'ambiguous'
                when has_mismatch then 'mismatched'
                when has_absence then 'missing'
                when has_any then 'accepted'
            end as expected_status
        from marts.fct_payment_reconciliation as payments
        left join counted on payments.payment_key = counted.payment_key
        left join undecided on payments.payment_key = undecided.payment_key
    )
    select payment_key, match_status, expected_status from expected
    where match_status is distinct from expected_status
    and (expected_status is not null or match_status not in ('not_applicable', 'pending', 'matched'))
"""
"""The first four statuses follow from the marts themselves; the others are left when none of these applies."""


BROKEN: dict[str, str] = {
    **_doubles(),
    **_silenced(),
    "a payment has another status than the first that applies": STATUS,
    "an ambiguous document's own payment raises another code": (
        "select exception_code, subject_id from marts.fct_exceptions "
        "where subject_type = 'payment' and state <> 'auto_closed' and subject_id in "
        "(select payment_key from marts.fct_document_links where is_ambiguous and len(candidates) > 0 "
        "and not list_contains(candidates, payment_key) and match_rule <> 'payment_id')"
    ),
    "codes of a payment are not its open exceptions": (
        "with listed as (select payment_key, list_sort(list_distinct(list(exception_code))) as codes "
        "from marts.fct_exceptions "
        "where state in ('open', 'snoozed') and payment_key is not null group by payment_key) "
        "select payment_key, exception_codes, codes "
        "from marts.fct_payment_reconciliation left join listed using (payment_key) "
        "where exception_codes <> coalesce(codes, [])"
    ),
    "a customer's debt is not that of the invoices": (
        "with owed as (select coalesce(customer_id, '(unknown)') as customer_id, currency, sum(debt_amount) as debt "
        "from marts.fct_invoice_balances group by all) "
        "select customer_id, currency, debt, debt_amount "
        "from marts.fct_customer_balances left join owed using (customer_id, currency) "
        "where coalesce(debt, 0) <> debt_amount"
    ),
    "the ages of debt do not sum to the debt": (
        "with aged as (select currency, sum(debt_amount) as debt from marts.fct_receivables_ageing group by currency), "
        "owed as (select currency, sum(debt_amount) as debt from marts.fct_invoice_balances group by currency) "
        "select currency, aged.debt, owed.debt from owed left join aged using (currency) "
        "where coalesce(aged.debt, 0) <> owed.debt"
    ),
    "a critical exception resolved without two people": (
        "select exception_id from marts.fct_exceptions where severity = 'critical' and state = 'resolved' "
        "and exception_id not in (select exception_id from raw.manual__decisions "
        "where decision_type = 'accept_difference' and approved_by <> actor)"
    ),
    "a reserve is cleared without being covered or approved": (
        "select reserve_id from marts.fct_reserve_clearance "
        "where is_cleared and approval_id is null and missing_amount > 0"
    ),
    "the day's payments are not the sum of their statuses": (
        "select currency from marts.fct_daily_summary "
        "where payment_count <> matched_count + mismatched_count + missing_count "
        "+ ambiguous_count + pending_count + accepted_count + not_applicable_count"
    ),
    **_subjects(),
    **_lost_documents(),
    "a payment without a status": (
        "select payment_key from marts.fct_payment_reconciliation "
        f"where coalesce(match_status in {STATUSES}, false) = false"
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
        "select exception_code, payment_key from marts.fct_exceptions "
        "where state <> 'auto_closed' and payment_key is not null "
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
        "with days as (select as_of_date, sum(opened_count) as opened, sum(closed_count) as closed, "
        "sum(open_count) as open from marts.fct_daily_summary group by as_of_date), "
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
