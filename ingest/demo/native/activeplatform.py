"""ActivePlatform: JSON:API answers of invoices with their charges, and of payments related with their invoices."""

from typing import Any

from ingest.demo.native.spelling import clock, json_bytes
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

PAYMENT_STATUS = {
    "waiting": "Waiting for payment",
    "pending": "Receipt sent",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
FROM_BALANCE = "balance"

Resource = dict[str, Any]


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``platform.json``: what changed of invoices and of payments, as an array of the two answers."""
    invoices = rows["billing.invoices"]
    payments = {"data": [_payment(feed, row) for row in rows["billing.payments"]]}
    included = [charge for row in invoices for charge in _charges(row)]
    answers = [{"data": [_invoice(feed, row) for row in invoices], "included": included}, payments]
    return {"platform.json": json_bytes(answers)}


def _invoice(feed: Feed, row: Row) -> Resource:
    ident = row["platform_invoice_id"]
    charges = [{"type": "charges", "id": charge["id"]} for charge in _charges(row)]
    return {
        "id": ident,
        "type": "invoices",
        "attributes": {
            "updated_at": _time(feed, row["updated_at"]),
            "document_id": f"INV-{ident}",
            "status": row["status"],
            "total": row["amount"],
            "account_id": int(row["account_id"]),
            "from_date": row["billing_period_start"],
            "to_date": row["billing_period_end"],
            "payment_model": "postpay",
            "external_total": row.get("external_total"),
            "external_currency": row.get("external_currency"),
        },
        "relationships": {"charges": {"data": charges}},
    }


def _charges(row: Row) -> list[Resource]:
    """One that is charged, and one that is blocked where something is."""
    ident, blocked = row["platform_invoice_id"], row["blocked_charges_amount"]
    charges = [{"id": f"{ident}01", "type": "charges", "attributes": {"status": "charged", "total": row["amount"]}}]
    if blocked != "0.00":
        charges.append({"id": f"{ident}02", "type": "charges", "attributes": {"status": "blocked", "total": blocked}})
    return charges


def _payment(feed: Feed, row: Row) -> Resource:
    method = row.get("method_name")
    return {
        "id": row["platform_payment_id"],
        "type": "payments",
        "attributes": {
            "created_at": _time(feed, row["created_at"]),
            "updated_at": _time(feed, row["updated_at"]),
            "status": PAYMENT_STATUS[row["status"]],
            "total": row["amount"],
            "account_id": int(row["personal_account"]),
            "amount_paid_from_balance": row["amount"] if method == FROM_BALANCE else "0.00",
            "payment_method_name": None if method == FROM_BALANCE else method,
            "due_date": row.get("due_date"),
        },
        "relationships": {"invoice": {"data": {"type": "invoices", "id": row["platform_invoice_id"]}}},
    }


def _time(feed: Feed, time: str) -> str:
    return clock(time, feed.timezone).isoformat()
