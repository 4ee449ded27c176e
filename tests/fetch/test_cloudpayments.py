"""CloudPayments pages until one is empty, filters by creation in UTC, and says errors with status 200."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.fetch.extracts import FIRST, SECOND, outcomes, problem, pull
from tests.fetch.server import Answer, Asked, Script, Server, in_turn
from tests.ingest.lab import Lab

PAGE = 2
CONFIGURATION = """
feeds:
  - name: cards
    format: cloudpayments
    contracts: [{contracts}]
    pull:
      system: cloudpayments
      since: 2026-11-01
      base_url: "{url}"
      public_id: pk_1
      api_password: env:CP_PASSWORD
"""
ALL = ("provider.payments", "provider.refunds")


def transaction(number: int, created: str = "2026-11-20T10:00:00", **other: Any) -> dict[str, Any]:
    return {
        "TransactionId": number,
        "Amount": 10.5,
        "Currency": "RUB",
        "InvoiceId": f"o-{number}",
        "CreatedDateIso": created,
        "ConfirmDateIso": created,
        "TestMode": False,
        "Status": "Completed",
        "StatusCode": 3,
        **other,
    }


REFUND = {"OperationType": "Refund", "PaymentTransactionId": 1}


def provider(transactions: list[dict[str, Any]]) -> Script:
    """Filters and pages as v2/payments/list does: a page past the end is empty."""

    def script(asked: Asked) -> Answer:
        query = asked.json
        assert query["TimeZone"] == "UTC"
        start, end = (datetime.fromisoformat(query[name]) for name in ("CreatedDateGte", "CreatedDateLte"))
        found = [
            item for item in transactions if start <= datetime.fromisoformat(item["CreatedDateIso"] + "+00:00") <= end
        ]
        first = (query["PageNumber"] - 1) * PAGE
        return Answer({"Model": found[first : first + PAGE], "Success": True, "Message": None})

    return script


@pytest.fixture
def cards(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A server for the feed `cards` of the lab's home."""
    monkeypatch.setenv("CP_PASSWORD", "hidden")

    def start(script: Script) -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, contracts=", ".join(ALL)))
        return server

    return start


def test_pages_are_read_until_one_is_empty_and_load(lab: Lab, cards: Callable[..., Server]) -> None:
    early = transaction(9, "2026-10-31T19:59:59")
    server = cards(provider([transaction(1), transaction(2), transaction(3), transaction(4, **REFUND), early]))
    pages = pull(lab)
    assert [(name, len(page["Model"])) for name, page in pages.items()] == [
        ("payments-0001.json", 2),
        ("payments-0002.json", 2),
        ("payments-0003.json", 0),
    ]
    first = server.asked[0]
    assert (first.method, first.path) == ("POST", "/v2/payments/list")
    assert first.headers["authorization"] == "Basic cGtfMTpoaWRkZW4="
    assert first.json == {
        "CreatedDateGte": "2026-10-31T20:00:00+00:00",
        "CreatedDateLte": "2026-11-20T20:00:00+00:00",
        "TimeZone": "UTC",
        "PageNumber": 1,
    }
    assert outcomes(lab) == {(contract, "loaded") for contract in ALL}
    assert lab.column("select provider_payment_id from raw.provider__payments order by all") == ["1", "2", "3"]
    assert lab.query("select provider_refund_id, provider_payment_id from raw.provider__refunds") == [("4", "1")]


@pytest.mark.parametrize(
    "answer", [{"Model": [], "Success": True, "Message": None}, {"Success": False, "Message": "Not found"}]
)
def test_an_empty_day_loads(lab: Lab, cards: Callable[..., Server], answer: Any) -> None:
    cards(lambda _: Answer(answer))
    assert pull(lab) == {"payments-0001.json": answer}
    assert outcomes(lab) == {(contract, "loaded") for contract in ALL}


def test_the_next_window_reaches_back_by_the_overlap(lab: Lab, cards: Callable[..., Server]) -> None:
    server = cards(provider([]))
    pull(lab)
    lab.run(FIRST)
    pull(lab, SECOND)
    asked = server.asked[-1].json
    assert (asked["CreatedDateGte"], asked["CreatedDateLte"]) == (
        "2026-11-13T20:00:00+00:00",
        "2026-11-21T20:00:00+00:00",
    )


def test_a_server_that_is_busy_is_asked_again(lab: Lab, cards: Callable[..., Server]) -> None:
    pages = provider([transaction(1)])
    waiting = [Answer(status=429)]
    server = cards(lambda asked: waiting.pop() if waiting else pages(asked))
    assert len(pull(lab)) == 2
    assert [asked.json["PageNumber"] for asked in server.asked] == [1, 1, 2]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({"Success": False, "Message": "Invalid period"}), "answers an error: Invalid period"),
        (Answer({"Success": False, "Message": None}), "answers an error: no message"),
        (Answer({"Success": True, "Message": None}), "answers no list of transactions"),
        (Answer({"Success": True, "Model": transaction(1)}), "answers no list of transactions"),
        (Answer([]), "no answer of CloudPayments"),
        (Answer({"Model": [transaction(1)], "Success": True}), "page 2 of payments has the records of an earlier page"),
        (Answer(status=401), "stand in env:CP_PASSWORD"),
    ],
)
def test_what_does_not_fit_is_refused(lab: Lab, cards: Callable[..., Server], answer: Answer, words: str) -> None:
    cards(in_turn(answer))
    told = problem(lab)
    assert words in told
    assert "hidden" not in told
