"""Bitrix24: the answers of crm.deal.list, sale.order.list and sale.payment.list, in the portal's zone (Moscow)."""

from collections.abc import Mapping
from typing import Any

from ingest.demo.native.spelling import clock, json_bytes, number
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

STAGE = {"unpaid": ("PREPAYMENT_INVOICE", "P"), "paid": ("WON", "S"), "cancelled": ("LOSE", "F")}
ORDER_STATUS = {"new": "N", "paid": "P", "completed": "F", "cancelled": "N"}
ZONE = "Europe/Moscow"


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``answers.json``: the three answers as an array. Ids are the numbers that people see."""
    deals = [_deal(row) for row in rows["crm.deals"]]
    orders = [_order(row) for row in rows["website.orders"]]
    payments = [_payment(row) for row in rows["website.payments"]]
    answers = [
        {"result": deals, "total": len(deals)},
        {"result": {"orders": orders}, "total": len(orders)},
        {"result": {"payments": payments}, "total": len(payments)},
    ]
    return {"answers.json": json_bytes(answers)}


def _deal(row: Row) -> dict[str, Any]:
    stage, semantics = STAGE[row["payment_status"]]
    return {
        "ID": row["deal_id"],
        "TITLE": f"Заказ № {row['order_id']}",
        "STAGE_ID": stage,
        "STAGE_SEMANTIC_ID": semantics,
        "OPPORTUNITY": row["amount"],
        "CURRENCY_ID": row["currency"],
        "ORIGIN_ID": row["order_id"],
        "DATE_MODIFY": _time(row, "updated_at"),
    }


def _order(row: Row) -> dict[str, Any]:
    status = row["status"]
    return {
        "id": _internal(row["order_id"]),
        "accountNumber": row["order_id"],
        "userId": number(row["customer_id"]),
        "price": number(row["amount"]),
        "currency": row["currency"],
        "statusId": ORDER_STATUS[status],
        "payed": _flag(status in ("paid", "completed")),
        "canceled": _flag(status == "cancelled"),
        "dateInsert": _time(row, "created_at"),
        "dateUpdate": _time(row, "updated_at"),
    }


def _payment(row: Row) -> dict[str, Any]:
    is_by_system = row["status_source"] == "webhook"
    return {
        "id": _internal(row["order_id"]) + 40_000,
        "accountNumber": row["payment_id"],
        "orderId": _internal(row["order_id"]),
        "paid": _flag(row["status"] == "paid"),
        "isReturn": _flag(row["status"] == "cancelled"),
        "sum": number(row["amount"]),
        "currency": row["currency"],
        "dateBill": _time(row, "created_at"),
        "datePaid": _time(row, "paid_at"),
        "psInvoiceId": row.get("provider_payment_id"),
        "psStatus": _flag(True) if is_by_system else None,
        "psResponseDate": _time(row, "created_at") if is_by_system else None,
    }


def _internal(order: str) -> int:
    """The id of the database, which nobody else knows."""
    return int(order) - 900


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _time(row: Mapping[str, str], column: str) -> str | None:
    return clock(row[column], ZONE).isoformat() if column in row else None
