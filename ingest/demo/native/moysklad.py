"""MoySklad: lists of the JSON API 1.2, with agent and organization expanded. Sums are hundredths, times are Moscow's.

Columns that the feed's option ``attributes`` maps to additional fields are written there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ingest.demo.native.spelling import clock, json_bytes, minor, number
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

HOST = "https://api.moysklad.ru/api/remap/1.2/entity"
ZONE = "Europe/Moscow"
HUNDREDTHS = 2
COMPANY_TYPE = {"company": "legal", "individual": "individual"}

Record = dict[str, Any]


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``entities.json``: one list for each kind of record, as an array."""
    lists = []
    for kind, (contract, is_meant, build) in KINDS.items():
        records = [build(row) | _attributes(feed, contract, row) for row in rows[contract] if is_meant(row)]
        lists.append({"meta": _meta(kind, "") | {"size": len(records), "limit": 100, "offset": 0}, "rows": records})
    return {"entities.json": json_bytes(lists)}


def _payment(kind: str) -> Callable[[Row], Record]:
    def build(row: Row) -> Record:
        invoice = row.get("invoice_id")
        return _document(kind, row["erp_document_id"], row) | {
            "moment": _time(row["document_date"]),
            "incomingNumber": row.get("provider_reference", ""),
            "operations": [{**_entity("invoiceout", invoice), "linkedSum": _sum(row)}] if invoice else [],
        }

    return build


def _refund(row: Row) -> Record:
    return _document("paymentout", row["erp_document_id"], row) | {"moment": _time(row["document_date"])}


def _invoice(row: Row) -> Record:
    return _document("invoiceout", row["erp_document_id"], row) | {
        "moment": _time(row["issued_at"]),
        "paymentPlannedMoment": f"{row['due_date']} 00:00:00.000",
        "payedSum": _sum(row) if row["status"] == "closed" else number("0.0"),
    }


def _delivery(row: Row) -> Record:
    invoice = row.get("invoice_id")
    return _document("demand", row["delivery_id"], {**row, "posted": _flag(row["status"] == "shipped")}) | {
        "moment": _time(row["shipped_at"]),
        "invoicesOut": [_entity("invoiceout", invoice)] if invoice else [],
    }


def _return(row: Row) -> Record:
    return _document("salesreturn", row["return_id"], {**row, "posted": _flag(row["status"] == "received")}) | {
        "moment": _time(row["returned_at"]),
        "demand": _entity("demand", row["delivery_id"]),
    }


def _customer(row: Row) -> Record:
    return _entity("counterparty", row["customer_id"]) | {
        "id": row["customer_id"],
        "name": row["name"],
        "companyType": COMPANY_TYPE[row["customer_type"]],
        "inn": row.get("tax_id", ""),
        "code": row["accounting_code"],
        "archived": row["is_active"] != "true",
        "updated": _time(row["updated_at"]),
    }


def _always(row: Row) -> bool:
    return True


def _of_type(document_type: str) -> Callable[[Row], bool]:
    return lambda row: row["document_type"] == document_type


KINDS: Mapping[str, tuple[str, Callable[[Row], bool], Callable[[Row], Record]]] = {
    "paymentin": ("erp.payments", _of_type("bank_receipt"), _payment("paymentin")),
    "cashin": ("erp.payments", _of_type("cash_receipt_order"), _payment("cashin")),
    "paymentout": ("erp.refunds", _always, _refund),
    "invoiceout": ("erp.invoices", _always, _invoice),
    "demand": ("warehouse.deliveries", _always, _delivery),
    "salesreturn": ("warehouse.returns", _always, _return),
    "counterparty": ("crm.customers", _always, _customer),
}
"""Kind of record to its contract, which of the contract's rows it is, and how it is written."""


# ---------- fields


def _document(kind: str, ident: str, row: Row) -> Record:
    """What every document has."""
    agent = _entity("counterparty", row["customer_id"]) if "customer_id" in row else {}
    return (
        _entity(kind, ident)
        | {
            "id": ident,
            "name": row.get("number", ident[:8]),
            "applicable": row["posted"] == "true",
            "sum": _sum(row),
            "rate": {"currency": _entity("currency", "c0000000-0000-11ee-0a80-000000000051")},
            "agent": agent | ({"inn": row["customer_tax_id"]} if "customer_tax_id" in row else {}),
            "updated": _time(row["updated_at"]),
        }
        | ({"deleted": _time(row["updated_at"])} if row.get("deleted") == "true" else {})
    )


def _attributes(feed: Feed, contract: str, row: Row) -> Record:
    declared: Any = feed.options.get("attributes", {})
    found = [
        {"id": f"a0000000-{place:04}-11ee-0a80-000000000000", "name": field, "type": "string", "value": row[column]}
        for place, (column, field) in enumerate(declared.get(contract, {}).items())
        if column in row
    ]
    return {"attributes": found} if found else {}


def _entity(kind: str, ident: str) -> Record:
    return {"meta": _meta(kind, f"/{ident}")}


def _meta(kind: str, path: str) -> dict[str, Any]:
    return {"href": f"{HOST}/{kind}{path}", "type": kind, "mediaType": "application/json"}


def _sum(row: Row) -> str:
    return number(f"{minor(row['amount'], HUNDREDTHS)}.0")


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(time: str) -> str:
    return clock(time, ZONE).strftime("%Y-%m-%d %H:%M:%S.000")
