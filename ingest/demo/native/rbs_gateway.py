"""The RBS gateway (ArCa): one page of getLastOrdersForMerchants.do."""

from typing import Any

from ingest.demo.native.spelling import epoch_milliseconds, json_bytes, minor
from ingest.demo.story import Row, Rows
from ingest.feed import Feed
from ingest.formats.currencies import decimals

STATUS = {"created": 0, "authorized": 1, "paid": 2, "cancelled": 3, "pending": 5, "failed": 6}
REFUNDED = 4
PAYMENT_STATE = {0: "CREATED", 1: "APPROVED", 2: "DEPOSITED", 3: "REVERSED", 4: "REFUNDED", 5: "CREATED", 6: "DECLINED"}
NUMBERS = {"AMD": "051", "RUB": "643"}


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``getLastOrdersForMerchants.json``; a refund is told by its order, which is listed again."""
    refunds = {row["provider_payment_id"]: row for row in rows["provider.refunds"]}
    payments = rows["provider.payments"]
    answer = {
        "errorCode": "0",
        "errorMessage": "Успешно",
        "totalCount": len(payments),
        "page": 0,
        "pageSize": 100,
        "orderStatuses": [_order(row, refunds.get(row["provider_payment_id"])) for row in payments],
    }
    return {"getLastOrdersForMerchants.json": json_bytes(answer)}


def _order(row: Row, refund: Row | None) -> dict[str, Any]:
    status = STATUS[row["status"]] if refund is None else REFUNDED
    places = decimals(row["currency"])
    amount = int(minor(row["amount"], places))
    order: dict[str, Any] = {
        "errorCode": "0",
        "orderNumber": row["order_id"],
        "orderStatus": status,
        "actionCode": 0 if row["status"] == "paid" else 116,
        "amount": amount,
        "currency": NUMBERS[row["currency"]],
        "date": epoch_milliseconds(row["created_at"]),
        "attributes": [{"name": "mdOrder", "value": row["provider_payment_id"]}],
        "paymentAmountInfo": {
            "paymentState": PAYMENT_STATE[status],
            "approvedAmount": amount if "paid_at" in row else 0,
            "depositedAmount": amount if "paid_at" in row else 0,
            "refundedAmount": int(minor(refund["amount"], places)) if refund else 0,
        },
    }
    if "method" in row:
        order["cardAuthInfo"] = {"pan": "905100**0017", "expiration": "203012"}
    if "provider_reference" in row:
        order["authRefNum"] = row["provider_reference"]
    if "paid_at" in row:
        order["authDateTime"] = order["depositedDate"] = epoch_milliseconds(row["paid_at"])
    if refund:
        order["refundedDate"] = epoch_milliseconds(refund["refunded_at"])
    return order
