"""Native formats in ingest: their rows go through the same typing; a parser's bug refuses the file, not the run."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ingest import native
from ingest.errors import IngestError
from ingest.formats.base import FileRefused, FormatOptions, Reject, Row
from ingest.waiver import waive
from tests.ingest.lab import DAY, Lab

CONFIGURATION = """
feeds:
  - {name: kassa, format: yookassa, contracts: [provider.payments, provider.refunds], timezone: Europe/Moscow}
"""
PAYMENT = {
    "provider_payment_id": "1",
    "status": "failed",
    "amount": "10.5",
    "currency": "AMD",
    "created_at": "2026-11-20",
}


def use(monkeypatch: pytest.MonkeyPatch, items: list[Any]) -> None:
    """Put a parser that yields the items, or raises them, in the place of yookassa's."""

    def parse(stream: Any, options: FormatOptions) -> Iterator[Row | Reject]:
        assert options.contracts == ("provider.payments", "provider.refunds")
        assert stream.read() == b"content"
        for item in items:
            if isinstance(item, Exception):
                raise item
            yield item

    monkeypatch.setattr(
        native, "FORMATS", {"yookassa": SimpleNamespace(parse=parse, __name__="ingest.formats.yookassa")}
    )


def test_rows_and_rejects_of_a_parser(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.configure(CONFIGURATION)
    lab.put("any.json", "content", "kassa")
    bad = Row("provider.payments", 2, PAYMENT | {"amount": "1.23456", "order_id": 'a,"b\nc'})
    refused = Reject("provider.refunds", 1, "reason", "card 4111111111111111", "bad_decimal")
    use(monkeypatch, [Row("provider.payments", 1, PAYMENT | {"source_system": "own"}), bad, refused])
    lab.control("any.json", {"rows": 3, "amount_total": "10.5"}, "kassa")
    lab.run()
    assert lab.query("select amount, created_at, source_system, _row_number from raw.provider__payments") == [
        (Decimal("10.5"), datetime(2026, 11, 19, 21), "own", 1)
    ]
    assert lab.rejects() == [
        (1, "reason", "card 411111******1111", "bad_decimal"),
        (2, "amount", "1.23456", "too_many_decimals"),
    ]
    assert lab.query("select contract, rows_read, rows_loaded, rows_rejected from ops.load_log order by 1") == [
        ("provider.payments", 2, 1, 1),
        ("provider.refunds", 1, 0, 1),
    ]


@pytest.mark.parametrize(
    ("failure", "reason", "says"),
    [
        (FileRefused("undecodable", "any.json is not UTF-8"), "undecodable", "not UTF-8"),
        (ZeroDivisionError("oops"), "unparsable", "yookassa parser failed on it (ZeroDivisionError: oops)"),
        (Row("erp.payments", 1, {}), "unparsable", "erp.payments"),
    ],
)
def test_a_refusing_or_failing_parser(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, failure: Any, reason: str, says: str
) -> None:
    lab.configure(CONFIGURATION)
    lab.put("any.json", "content", "kassa")
    lab.put("c.csv", "customer_id,name,is_active\n1,n,true\n", "crm.customers")
    use(monkeypatch, [Row("provider.payments", 1, PAYMENT), failure])
    lab.run()
    ((found, message, contract),) = lab.query(
        "select refusal_reason, message, contract from ops.load_log where outcome = 'refused'"
    )
    assert (found, contract) == (reason, None)
    assert says in message
    assert lab.column("select count(*) from raw.provider__payments") == [0]
    assert lab.column("select count(*) from raw.crm__customers") == [1]


def test_a_waiver_is_an_empty_extract_of_each_contract(lab: Lab) -> None:
    lab.configure(CONFIGURATION)
    waive(lab.home, "kassa", DAY, reason="closed for a holiday", actor="anna")
    lab.run()
    assert lab.query("select contract, outcome, rows_read from ops.load_log order by 1") == [
        ("provider.payments", "loaded", 0),
        ("provider.refunds", "loaded", 0),
    ]
    sidecars = [
        path.read_text(encoding="utf-8") for path in (lab.home.landing / "objects").rglob("*") if path.is_file()
    ]
    assert any("closed for a holiday" in text and "anna" in text for text in sidecars)


def test_what_cannot_be_waived(lab: Lab) -> None:
    lab.put("a.csv", "x")
    for feed, reason, actor in [("nofeed", "r", "a"), ("provider.payments", "r", "a"), ("crm.deals", " ", "a")]:
        with pytest.raises(IngestError):
            waive(lab.home, feed, DAY, reason, actor)
    lab.run()
    (lab.home.inbox / "provider.payments" / str(DAY) / "a.csv").unlink()
    with pytest.raises(IngestError, match="there"):
        waive(lab.home, "provider.payments", DAY, "r", "a")
    assert waive(lab.home, "provider.payments", date(2026, 11, 19), "r", "a")
