"""Answers of 1C's OData for tests, and what came of them."""

from typing import Any

from ingest.formats.base import Reject, Row

FORMAT = "onec_odata"
ROOT = "https://erp.example/base/odata/standard.odata/$metadata#"
RECEIPT = "Document_ПоступлениеНаРасчетныйСчет"
ZERO = "00000000-0000-0000-0000-000000000000"
NEVER = "0001-01-01T00:00:00"


def answer(entity: str, *records: dict[str, Any], **head: Any) -> dict[str, Any]:
    return {"odata.metadata": ROOT + entity, **head, "value": list(records)}


def document(**fields: Any) -> dict[str, Any]:
    return {
        "Ref_Key": "d-1",
        "DeletionMark": False,
        "Number": "00000001   ",
        "Date": "2026-11-20T14:03:22",
        "Posted": True,
        "СуммаДокумента": 1000,
        "ВалютаДокумента_Key": "c-rub",
    } | fields


def receipts(*fields: dict[str, Any]) -> dict[str, Any]:
    return answer(RECEIPT, *(document(**item) for item in fields))


def rows(parsed: list[Row | Reject]) -> list[dict[str, str | None]]:
    assert all(isinstance(item, Row) for item in parsed), parsed
    return [item.values for item in parsed if isinstance(item, Row)]


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (values,) = rows(parsed)
    return values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason
