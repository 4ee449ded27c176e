"""What an id means: the payment, order, invoice, refund, exception or record it names."""

from __future__ import annotations

import re
from typing import Any

from dagster_app.queries.connection import Row, fetch, quoted
from dagster_app.queries.follow import Story, find_records, is_payment_document
from dagster_app.queries.records import GOODS, RECORDS, base_id, split_document_id, staging_table

_PAYMENTS = "marts.fct_payment_reconciliation"

#: Records that have no story of their own but are part of their invoice's or order's.
_PART_OF_INVOICE = (*GOODS, "website.orders", "crm.invoices", "erp.invoices", "crm.payment_requests", "crm.deals")

#: A delivery without an invoice has its reserve's, a return its delivery's: contract → (parent's contract, column).
_PARENTS = {
    "warehouse.deliveries": (("warehouse.reserves", "reserve_id"),),
    "warehouse.returns": (("warehouse.deliveries", "delivery_id"),),
    "crm.approvals": (("warehouse.reserves", "reserve_id"),),
}

#: An exception_id, or as much of it as the exception list shows.
_EXCEPTION_ID = re.compile(r"[0-9a-f]{8,32}", re.ASCII)

_SEARCHED_IDS = {
    "fct_payment_reconciliation": ("payment_key", "payment_id", "order_id", "invoice_id"),
    "fct_refund_reconciliation": ("refund_key",),
    "fct_invoice_balances": ("invoice_id",),
    "fct_document_links": ("document_id",),
}


def resolve(connection: Any, marts: dict[str, list[str]], story: Story, identifier: str) -> list[Row]:
    """Fill the story with everything the id names and return the kinds found: [{"kind": ..., "id": ...}, ...]."""
    if not identifier:
        return []
    found: dict[tuple[str, str], None] = {}
    for kind in ("payment", "order", "invoice"):
        if _whole_subject(connection, marts, story, kind, identifier):
            found[(kind, identifier)] = None
    for find in (_refund, _exception):
        found.update(dict.fromkeys(find(connection, marts, story, identifier)))
    for contract, row in _named_records(connection, story, identifier):
        found.update(dict.fromkeys(_record(connection, marts, story, contract, row)))
    return [{"kind": kind, "id": value} for kind, value in found]


def _named_records(connection: Any, story: Story, identifier: str) -> list[tuple[str, Row]]:
    """The records a document id, subject id or bare system id names."""
    document = split_document_id(identifier)
    records = _records_of_document(connection, story, *document) if document else []
    return records or find_records(connection, story, identifier)


def similar_ids(connection: Any, marts: dict[str, list[str]], identifier: str, limit: int = 5) -> list[str]:
    """Up to `limit` known ids that contain the text or look much like it, best first."""
    parts = [
        f"select {column} as id from marts.{mart}"
        for mart, names in _SEARCHED_IDS.items()
        if mart in marts
        for column in names
    ]
    if not parts or not identifier:
        return []
    sql = f"""
        with ids as (select distinct id from ({" union all ".join(parts)}) where id is not null),
        scored as (
            select
                id,
                contains(lower(id), lower(?)) as has_text,
                jaro_winkler_similarity(lower(id), lower(?)) as likeness
            from ids
        )
        select id from scored where has_text or likeness >= 0.9 order by has_text desc, likeness desc, id limit ?
    """
    return [row["id"] for row in fetch(connection, sql, [identifier, identifier, limit])]


def _whole_subject(connection: Any, marts: dict[str, list[str]], story: Story, kind: str, identifier: str) -> bool:
    """A payment by key or id, or a whole order or invoice with all its payments."""
    if kind == "payment":
        rows = fetch(
            connection, f"select payment_key from {_PAYMENTS} where payment_key = ? or payment_id = ?", [identifier] * 2
        )
        story.know("payment_key", *(row["payment_key"] for row in rows))
        return bool(rows)
    column = quoted(f"{kind}_id")
    rows = fetch(
        connection, f"select payment_key, order_id, invoice_id from {_PAYMENTS} where {column} = ?", [identifier]
    )
    known = bool(rows) or _is_named(connection, marts, story, kind, identifier)
    if known:
        story.is_whole = True
        story.know("payment_key", *(row["payment_key"] for row in rows))
        story.know(kind, identifier)
        story.know(f"{kind}_story", identifier)
        _widen(connection, story, kind, identifier)
    return known


def _is_named(connection: Any, marts: dict[str, list[str]], story: Story, kind: str, identifier: str) -> bool:
    """Whether any record outside payments names this order or invoice."""
    column = f"{kind}_id"
    for contract in _PART_OF_INVOICE:
        table = staging_table(contract)
        if column in story.tables.get(table, ()):
            sql = f"select 1 as one from staging.{quoted(table)} where {quoted(column)} = ? limit 1"
            if fetch(connection, sql, [identifier]):
                return True
    return (
        kind == "invoice"
        and "fct_invoice_balances" in marts
        and bool(
            fetch(connection, "select 1 as one from marts.fct_invoice_balances where invoice_id = ?", [identifier])
        )
    )


def _widen(connection: Any, story: Story, kind: str, identifier: str) -> None:
    """An order's invoices belong to its story with their payments; an invoice's order is its context."""
    for contract in ("crm.invoices", "erp.invoices"):
        table = staging_table(contract)
        if table not in story.tables:
            continue
        column = quoted(f"{kind}_id")
        rows = fetch(
            connection, f"select order_id, invoice_id from staging.{quoted(table)} where {column} = ?", [identifier]
        )
        for row in rows:
            story.know("order", row["order_id"])
            story.know("invoice", row["invoice_id"])
            if kind == "order" and row["invoice_id"]:
                story.know("invoice_story", row["invoice_id"])
                keys = fetch(
                    connection, f"select payment_key from {_PAYMENTS} where invoice_id = ?", [row["invoice_id"]]
                )
                story.know("payment_key", *(found["payment_key"] for found in keys))


def _refund(connection: Any, marts: dict[str, list[str]], story: Story, identifier: str) -> list[tuple[str, str]]:
    if "fct_refund_reconciliation" not in marts:
        return []
    rows = fetch(
        connection,
        "select refund_key, payment_key from marts.fct_refund_reconciliation"
        " where list_contains([refund_key, provider_document_id, erp_document_id, receipt_document_id], ?)",
        [identifier],
    )
    for row in rows:
        story.know("refund_key", row["refund_key"])
        story.know("payment_key", row["payment_key"])
    return [("refund", row["refund_key"]) for row in rows]


def _exception(connection: Any, marts: dict[str, list[str]], story: Story, identifier: str) -> list[tuple[str, str]]:
    beginning = identifier if _EXCEPTION_ID.fullmatch(identifier) else None
    rows = fetch(
        connection,
        "select * from marts.fct_exceptions where exception_id = ? or subject_id = ? or starts_with(exception_id, ?)",
        [identifier, identifier, beginning],
    )
    for row in rows:
        story.know("exception_subject", row["subject_id"])
        story.know("payment_key", row["payment_key"])
        if row["subject_id"] == identifier:
            continue
        story.know("exception", row["exception_id"])
        story.know("exception_asked", row["exception_id"])
        if row["subject_type"] in ("order", "invoice"):
            _whole_subject(connection, marts, story, row["subject_type"], row["subject_id"])
        for contract, record in _named_records(connection, story, row["subject_id"]):
            _record(connection, marts, story, contract, record)
    return [("exception", row["exception_id"]) for row in rows]


def _records_of_document(
    connection: Any, story: Story, contract: str, system: str | None, key: str
) -> list[tuple[str, Row]]:
    """Rows of one contract by key, all parts of an ERP document; system None is any system."""
    table = staging_table(contract)
    if table not in story.tables:
        return []
    name = quoted(RECORDS[contract].key)
    sql = f"""
        select * from staging.{quoted(table)}
        where (?::varchar is null or source_system = ?) and ({name} = ? or split_part({name}, '#', 1) = ?)
    """
    return [(contract, row) for row in fetch(connection, sql, [system, system, key, base_id(key)])]


def _record(
    connection: Any, marts: dict[str, list[str]], story: Story, contract: str, row: Row
) -> list[tuple[str, str]]:
    """Take one record into the story with the payment, refund, invoice or order it is part of."""
    key = str(row[RECORDS[contract].key])
    document_id = f"{contract}:{row['source_system']}:{base_id(key)}"
    story.add(contract, row)
    story.know("document", document_id)
    story.know("refund_document", document_id)
    if contract == "provider.payouts":
        story.know("batch", f"{row['source_system']}:{key}")
    if contract == "manual.decisions" and row["exception_id"]:
        _exception(connection, marts, story, row["exception_id"])
    if is_payment_document(contract):
        _know_payment(connection, story, "document_id = ?", document_id)
    if contract in ("provider.refunds", "erp.refunds", "fiscal.receipts"):
        _refund(connection, marts, story, document_id)
    if contract in ("provider.refunds", "provider.disputes"):
        parent = f"provider.payments:{row['source_system']}:{row['provider_payment_id']}"
        _know_payment(connection, story, "document_id = ?", parent)
    if row.get("erp_document_id") and contract in ("bank.lines", "billing.payments", "erp.export_queue"):
        pattern = f":{base_id(row['erp_document_id'])}"
        _know_payment(connection, story, "leg = 'erp' and ends_with(document_id, ?)", pattern)
    for contract_named, column in _PARENTS.get(contract, ()):
        if row.get(column) and not row.get("invoice_id"):
            for _, parent_row in _records_of_document(connection, story, contract_named, None, row[column]):
                _record(connection, marts, story, contract_named, parent_row)
    if contract in _PART_OF_INVOICE:
        for kind in ("invoice", "order"):
            if row.get(f"{kind}_id"):
                _whole_subject(connection, marts, story, kind, row[f"{kind}_id"])
                break
    return [("document", document_id)]


def _know_payment(connection: Any, story: Story, condition: str, value: str) -> None:
    sql = f"select payment_key from marts.fct_document_links where payment_key is not null and {condition}"
    story.know("payment_key", *(row["payment_key"] for row in fetch(connection, sql, [value])))
