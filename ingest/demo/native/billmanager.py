"""BILLmanager: the answer of func=payment with out=xml, in the feed's zone, without offsets."""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from ingest.demo.native.spelling import clock
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

STATUS = {"waiting": "1", "pending": "2", "completed": "4", "refunded": "6", "cancelled": "9"}
FIELDS = {
    "platform_payment_id": "id",
    "payer_tax_id": "sender_inn",
    "organisation_tax_id": "recipient_inn",
    "method_name": "paymethod_name",
}
"""Column to the field that is named so everywhere; others are named by the feed's option ``fields``."""


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``payments.xml``."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<doc lang="ru" func="payment">']
    lines += [f"  <elem>{''.join(_fields(feed, row))}</elem>" for row in rows["billing.payments"]]
    return {"payments.xml": ("\n".join([*lines, "</doc>"]) + "\n").encode("utf-8")}


def _fields(feed: Feed, row: Row) -> Iterator[str]:
    own: Any = feed.options["fields"]
    for column, field in (FIELDS | own).items():
        yield _element(field, row.get(column, ""))
    yield _element("create_date", _time(feed, row["created_at"]))
    yield _element("pay_date", _time(feed, row["paid_at"]) if "paid_at" in row else "")
    yield _element("paymethodamount_iso", f"{row['amount']} {row['currency']}")
    yield _element("status", STATUS[row["status"]])


def _element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _time(feed: Feed, time: str) -> str:
    return clock(time, feed.timezone).strftime("%Y-%m-%d %H:%M:%S")
