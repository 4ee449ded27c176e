"""WooCommerce: GET /wp-json/wc/v3/orders. An order and its payment are one object there."""

from typing import Any

from ingest.demo.native.spelling import clock, json_bytes
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

STATUS = {
    ("awaiting_payment", "created"): "pending",
    ("awaiting_payment", "pending"): "on-hold",
    ("awaiting_payment", "failed"): "failed",
    ("paid", "paid"): "processing",
    ("completed", "paid"): "completed",
    ("cancelled", "paid"): "refunded",
    ("cancelled", "cancelled"): "cancelled",
}
"""Status of website.orders and of website.payments to the shop's own."""


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``orders.json``. Every order has its payment, of the same id and in the same state of things."""
    payments = {row["order_id"]: row for row in rows["website.payments"]}
    orders = [_order(feed, row, payments[row["order_id"]]) for row in rows["website.orders"]]
    return {"orders.json": json_bytes(orders)}


def _order(feed: Feed, order: Row, payment: Row) -> dict[str, Any]:
    is_by_hand = payment["status_source"] == "manual"
    return {
        "id": int(order["order_id"]),
        "number": order["order_id"],
        "order_key": f"wc_order_{order['order_id']}",
        "status": STATUS[order["status"], payment["status"]],
        "currency": order["currency"],
        "total": order["amount"],
        "customer_id": int(order.get("customer_id", "0")),
        "payment_method": "cod" if is_by_hand and "provider_payment_id" not in payment else "arca",
        "transaction_id": payment.get("provider_payment_id", ""),
        **_times(feed, "date_created", order["created_at"]),
        **_times(feed, "date_modified", order["updated_at"]),
        **_times(feed, "date_paid", payment.get("paid_at")),
    }


def _times(feed: Feed, name: str, time: str | None) -> dict[str, str | None]:
    """A time in the shop's zone and in UTC, neither with an offset."""
    zones = {name: feed.timezone, f"{name}_gmt": "UTC"}
    return {key: clock(time, zone).strftime("%Y-%m-%dT%H:%M:%S") if time else None for key, zone in zones.items()}
