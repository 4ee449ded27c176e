"""The life of one payment, order, invoice, refund or document: what every system said, in time order, and what follows.

Only reads what was published: staging for the systems' own words, marts for links, legs, exceptions, ledger, balances.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from dagster_app.queries.connection import PublishedHome, Row, columns, fetch, last_published_date, published
from dagster_app.queries.follow import Story, fetch_documents, follow
from dagster_app.queries.money import money
from dagster_app.queries.records import RECORDS, base_id, split_document_id
from dagster_app.queries.resolve import resolve, similar_ids

_PROVENANCE = ("_feed", "_extract_date", "_file_name", "_file_sha256", "_delivery", "_row_number", "_loaded_at")


@dataclass(frozen=True)
class Statement:
    """What one system said once, in one row of one file.

    at: UTC datetime, or a date where the system gives only a date; None when the record has no time.
    values: the record's own columns that are not NULL. match_rule: the rule that gave a payment document its payment;
    is_candidate: when an ambiguous or suggested document only may belong here.
    """

    at: datetime | date | None
    contract: str
    source_system: str
    record_id: str
    document_id: str
    summary: str
    values: Row
    feed: str | None
    extract_date: date | None
    file_name: str | None
    file_sha256: str | None
    row_number: int | None
    payment_key: str | None = None
    match_rule: str | None = None
    is_candidate: bool = False
    candidates: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Explanation:
    """The answer to `sverka explain ID`; `is_found` False comes with a suggestion and near ids.

    found_as: kind and id pairs (the same text may name an order and an invoice). payments, refunds, payouts,
    exceptions, ledger, balances, reserves, postpaid_invoices: rows of the marts of those names. history: what became of
    the exceptions day by day, with exception_code.
    """

    id: str
    as_of_date: date | None
    is_found: bool
    found_as: list[Row] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    payouts: list[Row] = field(default_factory=list)
    exceptions: list[Row] = field(default_factory=list)
    ledger: list[Row] = field(default_factory=list)
    balances: list[Row] = field(default_factory=list)
    reserves: list[Row] = field(default_factory=list)
    postpaid_invoices: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    suggestion: str | None = None
    similar_ids: list[str] = field(default_factory=list)


def explain(home: PublishedHome, identifier: str) -> Explanation:
    """Everything every system said about an id, in time order; raises NothingPublishedError when nothing is published.

    The id may be a payment_key, payment_id, order_id, invoice_id, refund key, exception_id (or its first 8 characters
    or more), document id `<contract>:<source_system>:<id>`, subject id `<source_system>:<id>`, or any system's own id,
    number or reference.
    """
    identifier = identifier.strip()
    with published(home) as connection:
        as_of = last_published_date(connection)
        marts = columns(connection, "marts")
        story = Story(tables=columns(connection, "staging"))
        found_as = resolve(connection, marts, story, identifier)
        if not found_as:
            return _unknown(connection, marts, as_of, identifier)
        return _tell(connection, marts, story, as_of, identifier, found_as)


def _unknown(connection: Any, marts: dict[str, list[str]], as_of: date | None, identifier: str) -> Explanation:
    similar = similar_ids(connection, marts, identifier)
    hint = f" Did you mean: {', '.join(similar)}?" if similar else " No id resembles it."
    suggestion = (
        f"Nothing published knows '{identifier}'. Ids are compared exactly, letter case included; a record that arrived"
        f" after {as_of or 'the last run'} is not known yet.{hint}"
    )
    return Explanation(identifier, as_of, is_found=False, suggestion=suggestion, similar_ids=similar)


def _tell(
    connection: Any, marts: dict[str, list[str]], story: Story, as_of: date | None, identifier: str, found_as: list[Row]
) -> Explanation:
    keys = story.of("payment_key")
    links = _links(connection, keys, story.of("document"))
    payments = _select(
        connection, marts, "fct_payment_reconciliation", [("payment_key", keys)], "created_at, payment_key"
    )
    for payment in payments:
        story.know("payment", payment["payment_id"])
        story.know("order", payment["order_id"])
        story.know("invoice", payment["invoice_id"])
    refunds = _refunds(connection, marts, story)
    documents = [split_document_id(link["document_id"]) for link in links]
    for refund in refunds:
        documents += [
            split_document_id(refund[c] or "")
            for c in ("provider_document_id", "erp_document_id", "receipt_document_id")
        ]
    fetch_documents(connection, story, [document for document in documents if document])
    exceptions = _exceptions(connection, marts, story)
    story.know("exception", *(row["exception_id"] for row in exceptions))
    story.know("document", *(link["document_id"] for link in links))
    follow(connection, story)
    by_document = {link["document_id"]: link for link in links}
    exceptions = _exceptions(connection, marts, story)
    statements = [_statement(contract, row, by_document, keys) for (contract, *_), row in story.rows.items()]
    return Explanation(
        id=identifier,
        as_of_date=as_of,
        is_found=True,
        found_as=found_as,
        statements=sorted(statements, key=_time_order),
        payments=payments,
        refunds=_refunds(connection, marts, story),
        payouts=_payouts(connection, marts, story),
        exceptions=exceptions,
        history=_history(connection, marts, exceptions),
        ledger=_ledger(connection, marts, story),
        balances=_select(
            connection, marts, "fct_invoice_balances", [("invoice_id", story.of("invoice"))], "invoice_id"
        ),
        reserves=_of_system(connection, marts, "fct_reserve_clearance", "reserve_id", story.of("reserve")),
        postpaid_invoices=_of_system(
            connection, marts, "fct_postpaid_invoices", "platform_invoice_id", story.of("platform_invoice")
        ),
    )


def _select(
    connection: Any, marts: dict[str, list[str]], mart: str, any_of: list[tuple[str, list[str]]], order: str
) -> list[Row]:
    """Rows of a mart in which some expression is in its list of ids; nothing when the mart does not exist."""
    wanted = [(expression, ids) for expression, ids in any_of if ids]
    if mart not in marts or not wanted:
        return []
    condition = " or ".join(f"list_contains(?, {expression})" for expression, _ in wanted)
    return fetch(
        connection, f"select * from marts.{mart} where {condition} order by {order}", [ids for _, ids in wanted]
    )


def _links(connection: Any, keys: list[str], document_ids: list[str]) -> list[Row]:
    """Links of the documents of these payments, of those that only may belong to them, and of named documents."""
    return fetch(
        connection,
        "select * from marts.fct_document_links where list_contains(?::varchar[], payment_key)"
        " or list_has_any(?::varchar[], candidates) or list_contains(?::varchar[], suggested_payment_key)"
        " or list_contains(?::varchar[], document_id) order by document_id",
        [keys, keys, keys, document_ids],
    )


def _refunds(connection: Any, marts: dict[str, list[str]], story: Story) -> list[Row]:
    documents = story.of("refund_document")
    return _select(
        connection,
        marts,
        "fct_refund_reconciliation",
        [
            ("payment_key", story.of("payment_key")),
            ("refund_key", story.of("refund_key")),
            ("provider_document_id", documents),
            ("erp_document_id", documents),
            ("receipt_document_id", documents),
        ],
        "refunded_at, refund_key",
    )


def _payouts(connection: Any, marts: dict[str, list[str]], story: Story) -> list[Row]:
    batches = story.of("batch")
    return _of_system(connection, marts, "fct_settlement_reconciliation", "settlement_batch_id", batches)


def _of_system(connection: Any, marts: dict[str, list[str]], mart: str, column: str, ids: list[str]) -> list[Row]:
    """Rows of a mart by `<source_system>:<id>`."""
    return _select(connection, marts, mart, [(f"source_system || ':' || {column}", ids)], column)


def _exceptions(connection: Any, marts: dict[str, list[str]], story: Story) -> list[Row]:
    """Open and snoozed exceptions of the story's payments, and of its records and documents as subjects.

    One that was asked for by its own id is told whatever its state.
    """
    subjects = {f"order:{identifier}" for identifier in story.of("order")}
    subjects |= {f"invoice:{identifier}" for identifier in story.of("invoice")}
    subjects |= {f"refund:{identifier}" for identifier in story.of("refund_key")}
    for contract, system, key, _ in story.rows:
        subject_type = RECORDS[contract].noun.replace(" ", "_")
        subjects |= {f"document:{contract}:{system}:{base_id(key)}", f"{subject_type}:{system}:{key}"}
    rows = _select(
        connection,
        marts,
        "fct_exceptions",
        [
            ("payment_key", story.of("payment_key")),
            ("subject_type || ':' || subject_id", sorted(subjects)),
            ("subject_id", story.of("exception_subject")),
            ("exception_id", story.of("exception_asked")),
        ],
        "first_seen_date, exception_code, subject_id",
    )
    asked = story.of("exception_asked")
    return [row for row in rows if row["state"] in ("open", "snoozed") or row["exception_id"] in asked]


def _history(connection: Any, marts: dict[str, list[str]], exceptions: list[Row]) -> list[Row]:
    """What happened to the exceptions, in order."""
    codes = {row["exception_id"]: row["exception_code"] for row in exceptions}
    rows = _select(
        connection,
        marts,
        "fct_exception_history",
        [("exception_id", sorted(codes))],
        "date, exception_id, change, actor nulls first, reason nulls first",
    )
    return [row | {"exception_code": codes[row["exception_id"]]} for row in rows]


def _ledger(connection: Any, marts: dict[str, list[str]], story: Story) -> list[Row]:
    return _select(
        connection,
        marts,
        "fct_invoice_ledger",
        [("payment_key", story.of("payment_key")), ("invoice_id", story.of("invoice_story"))],
        "invoice_id, event_kind <> 'issued', event_at, ledger_event_id",
    )


def _statement(contract: str, row: Row, links: dict[str, Row], keys: list[str]) -> Statement:
    record = RECORDS[contract]
    system, key = str(row["source_system"]), str(row[record.key])
    document_id = f"{contract}:{system}:{key}"
    link = links.get(document_id) or links.get(f"{contract}:{system}:{base_id(key)}") or {}
    return Statement(
        at=next((row[column] for column in record.times if row.get(column) is not None), None),
        contract=contract,
        source_system=system,
        record_id=key,
        document_id=document_id,
        summary=_summary(contract, row),
        values={
            name: value
            for name, value in row.items()
            if value is not None and name != "source_system" and name not in _PROVENANCE
        },
        feed=row.get("_feed"),
        extract_date=row.get("_extract_date"),
        file_name=row.get("_file_name"),
        file_sha256=row.get("_file_sha256"),
        row_number=row.get("_row_number"),
        payment_key=link.get("payment_key"),
        match_rule=link.get("match_rule"),
        is_candidate=bool(link) and link["payment_key"] is not None and bool(keys) and link["payment_key"] not in keys,
        candidates=list(link.get("candidates") or ()),
    )


def _summary(contract: str, row: Row) -> str:
    """`payment paid, 12 000.00 AMD`."""
    record = RECORDS[contract]
    state = row.get(record.state) if record.state else None
    if "posted" in row:
        state = "deleted" if row.get("deleted") else "posted" if row["posted"] else "not posted"
    words = f"{record.noun} {str(state).replace('_', ' ')}" if state is not None else record.noun
    value = row.get("amount", row.get("net_amount"))
    return f"{words}, {money(value, row.get('currency'))}" if value is not None else words


def _time_order(statement: Statement) -> tuple[datetime, str]:
    """By time; a date alone counts at its end, no time at all comes last."""
    at = statement.at
    if at is None:
        moment = datetime.max
    elif isinstance(at, datetime):
        moment = at.replace(tzinfo=None)
    else:
        moment = datetime.combine(at, time.max)
    return moment, statement.document_id
