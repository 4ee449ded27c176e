"""YooKassa: the list answers of GET /v3/payments and GET /v3/refunds."""

from decimal import Decimal
from typing import Any

from ingest.demo.native.spelling import json_bytes
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

PAYMENT_STATUS = {
    "pending": "pending",
    "authorized": "waiting_for_capture",
    "paid": "succeeded",
    "cancelled": "canceled",
}
REFUND_STATUS = {"pending": "pending", "succeeded": "succeeded", "cancelled": "canceled"}
METHOD = {"card": "bank_card", "wallet": "yoo_money", "bank_transfer": "sbp"}


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``payments.json`` and ``refunds.json``, without a next cursor: the last page."""
    return {
        "payments.json": json_bytes({"type": "list", "items": [_payment(row) for row in rows["provider.payments"]]}),
        "refunds.json": json_bytes({"type": "list", "items": [_refund(row) for row in rows["provider.refunds"]]}),
    }


def _payment(row: Row) -> dict[str, Any]:
    status = PAYMENT_STATUS[row["status"]]
    told: dict[str, Any] = {
        "id": row["provider_payment_id"],
        "status": status,
        "amount": _money(row["amount"], row),
        "recipient": {"account_id": "100500", "gateway_id": "100700"},
        "payment_method": {"type": METHOD[row["method"]], "saved": False},
        "created_at": row["created_at"],
        "paid": status in ("succeeded", "waiting_for_capture"),
        "refundable": status == "succeeded",
        "test": False,
        "metadata": {name: row[name] for name in ("order_id", "payment_id", "invoice_id") if name in row},
    }
    if "paid_at" in row:
        told["captured_at"] = row["paid_at"]
    if "fee_amount" in row:
        told["income_amount"] = _money(str(Decimal(row["amount"]) - Decimal(row["fee_amount"])), row)
    if "provider_reference" in row:
        told["authorization_details"] = {"rrn": row["provider_reference"], "auth_code": "062467"}
    return told


def _refund(row: Row) -> dict[str, Any]:
    return {
        "id": row["provider_refund_id"],
        "payment_id": row["provider_payment_id"],
        "status": REFUND_STATUS[row["status"]],
        "amount": _money(row["amount"], row),
        "created_at": row["created_at"],
    }


def _money(amount: str, row: Row) -> dict[str, str]:
    return {"value": amount, "currency": row["currency"]}
