"""Stripe lists by creation, newest first and by cursor; later changes of refunds and disputes are in its events."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import stripe
from tests.fetch.extracts import FIRST, SECOND, outcomes, problem, pull
from tests.fetch.server import Answer, Asked, Script, Server, in_turn
from tests.ingest.lab import Lab

PAGE = 2
CONFIGURATION = """
feeds:
  - name: stripe
    format: stripe
    contracts: [{contracts}]
    pull: {{system: stripe, since: {since}, base_url: "{url}", secret_key: "env:STRIPE_KEY"}}
"""
ALL = ("provider.payments", "provider.refunds", "provider.disputes")


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


NOON = seconds("2026-11-20T12:00:00+00:00")


def charge(number: int, created: int = NOON) -> dict[str, Any]:
    return {
        "id": f"ch_{number}",
        "object": "charge",
        "amount": 1000,
        "amount_captured": 1000,
        "captured": True,
        "created": created,
        "currency": "usd",
        "livemode": True,
        "status": "succeeded",
        "balance_transaction": {"object": "balance_transaction", "created": created, "fee": 59, "currency": "usd"},
    }


def refund(number: int, status: str = "succeeded", created: int = NOON) -> dict[str, Any]:
    return {
        "id": f"re_{number}",
        "object": "refund",
        "amount": 500,
        "charge": "ch_1",
        "created": created,
        "currency": "usd",
        "status": status,
    }


def dispute(number: int, status: str, created: int) -> dict[str, Any]:
    return refund(number, status, created) | {"id": f"dp_{number}", "object": "dispute", "livemode": True}


def event(number: int, kind: str, record: dict[str, Any], created: int = NOON) -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": kind,
        "created": created,
        "livemode": True,
        "data": {"object": record},
    }


def account(records: dict[str, list[dict[str, Any]]]) -> Script:
    """Filters by creation and type, newest first, and goes on after a record."""

    def script(asked: Asked) -> Answer:
        name, query = asked.path.strip("/"), asked.query
        types = [value for key, value in query.items() if key.startswith("types[")]
        found = [
            record
            for record in sorted(records.get(name, ()), key=lambda record: (-record["created"], record["id"]))
            if int(query["created[gte]"]) <= record["created"] < int(query["created[lt]"])
            and (name != "events" or record["type"] in types)
        ]
        ids = [record["id"] for record in found]
        start = ids.index(query["starting_after"]) + 1 if "starting_after" in query else 0
        page = found[start : start + PAGE]
        return Answer({"object": "list", "url": f"/v1/{name}", "data": page, "has_more": start + PAGE < len(found)})

    return script


@pytest.fixture
def payments(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A server for the feed `stripe` of the lab's home; today is the day after the second extract."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime(2026, 11, 22, tzinfo=UTC)

    monkeypatch.setattr(stripe, "datetime", Clock)
    monkeypatch.setenv("STRIPE_KEY", "live-key")

    def start(script: Script, contracts: tuple[str, ...] = ALL, since: str = "2026-11-20") -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, contracts=", ".join(contracts), since=since))
        return server

    return start


def test_lists_and_events_are_read_by_cursor_and_load(lab: Lab, payments: Callable[..., Server]) -> None:
    old = NOON - 90 * 86400
    server = payments(
        account(
            {
                "charges": [charge(1), charge(2), charge(3), charge(4, NOON - 86400)],
                "refunds": [refund(1)],
                "disputes": [dispute(1, "lost", old)],
                "events": [
                    event(1, "refund.failed", refund(2, "failed", old)),
                    event(2, "charge.dispute.closed", dispute(1, "lost", old)),
                    event(3, "charge.updated", charge(5)),
                ],
            }
        )
    )
    assert list(pull(lab)) == ["charges-0001.json", "charges-0002.json", "events-0001.json", "refunds-0001.json"]
    first, second = server.asked[:2]
    assert first.path == "/charges"
    assert first.headers["authorization"] == "Bearer live-key"
    assert first.query == {
        "created[gte]": str(seconds("2026-11-19T20:00:00+00:00")),
        "created[lt]": str(seconds("2026-11-20T20:00:00+00:00")),
        "limit": "100",
        "expand[0]": "data.balance_transaction",
    }
    assert second.query["starting_after"] == "ch_2"
    assert outcomes(lab) == {(contract, "loaded") for contract in ALL}
    assert lab.query("select provider_payment_id, fee_amount::text from raw.provider__payments order by all") == [
        (f"ch_{number}", "0.5900") for number in (1, 2, 3)
    ]
    assert lab.query("select provider_refund_id, status from raw.provider__refunds order by all") == [
        ("re_1", "succeeded"),
        ("re_2", "failed"),
    ]
    assert lab.query("select dispute_id, status, closed_at::text from raw.provider__disputes") == [
        ("dp_1", "lost", "2026-11-20 12:00:00")
    ]
    assert lab.rejects() == []


def test_disputes_from_before_the_events_are_listed(lab: Lab, payments: Callable[..., Server]) -> None:
    contracts = ("provider.disputes",)
    payments(account({"disputes": [dispute(1, "lost", seconds("2026-10-10T12:00:00+00:00"))]}), contracts, "2026-10-01")
    assert list(pull(lab)) == ["disputes-0001.json", "events-0001.json"]
    assert outcomes(lab) == {("provider.disputes", "loaded")}
    assert lab.column("select status from raw.provider__disputes") == ["lost"]


@pytest.mark.parametrize("contracts", [ALL, *((contract,) for contract in ALL)])
def test_an_empty_day_loads(lab: Lab, payments: Callable[..., Server], contracts: tuple[str, ...]) -> None:
    payments(account({}), contracts)
    pull(lab)
    outcome = outcomes(lab)
    assert {contract for contract, word in outcome if word == "loaded"} == set(contracts)


def test_events_are_only_of_what_the_feed_supplies(lab: Lab, payments: Callable[..., Server]) -> None:
    records = {"events": [event(1, "charge.dispute.closed", dispute(1, "won", NOON))], "refunds": [refund(1)]}
    payments(account(records), ("provider.refunds",))
    pull(lab)
    assert outcomes(lab) == {("provider.refunds", "loaded")}


def test_the_next_window_reaches_back_by_the_overlap(lab: Lab, payments: Callable[..., Server]) -> None:
    server = payments(account({}), ("provider.payments",), "2026-11-01")
    pull(lab)
    lab.run(FIRST)
    pull(lab, SECOND)
    asked = server.asked[-1].query
    assert asked["created[gte]"] == str(seconds("2026-11-13T20:00:00+00:00"))
    assert asked["created[lt]"] == str(seconds("2026-11-21T20:00:00+00:00"))


def test_a_server_that_is_busy_is_asked_again(lab: Lab, payments: Callable[..., Server]) -> None:
    pages = account({"charges": [charge(1)]})
    waiting = [Answer({"error": {"type": "invalid_request_error"}}, 429)]
    server = payments(lambda asked: waiting.pop() if waiting else pages(asked), ("provider.payments",))
    assert len(pull(lab)) == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({"object": "list", "data": [charge(1)]}), "no list of Stripe"),
        (Answer({"error": {"message": "no"}}), "no list of Stripe"),
        (Answer({"object": "list", "data": [], "has_more": True}), "but not after what"),
        (Answer({"object": "list", "data": [charge(1)], "has_more": True}), "records of an earlier page again"),
        (Answer({"error": {"message": "Invalid API Key provided"}}, 401), "stand in env:STRIPE_KEY"),
    ],
)
def test_what_does_not_fit_is_refused(lab: Lab, payments: Callable[..., Server], answer: Answer, words: str) -> None:
    payments(in_turn(answer), ("provider.payments",))
    told = problem(lab)
    assert words in told
    assert "live-key" not in told


def test_a_key_of_test_mode_is_refused(
    lab: Lab, payments: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = payments(account({}))
    monkeypatch.setenv("STRIPE_KEY", "rk_test_1")
    assert "env:STRIPE_KEY is a key of test mode" in problem(lab)
    assert server.asked == []


def test_payouts_are_not_pulled(lab: Lab, payments: Callable[..., Server]) -> None:
    payments(account({}), (*ALL, "provider.payouts"))
    with pytest.raises(ConfigurationError, match="line 6: pull: brings no payouts from stripe"):
        read_configuration(lab.home)


def test_a_connected_account_is_named(lab: Lab, payments: Callable[..., Server]) -> None:
    server = payments(account({}), ("provider.payments",))
    lab.configure(lab.home.config_file.read_text().replace("secret_key:", "account: acct_1, secret_key:"))
    pull(lab)
    assert server.asked[0].headers["stripe-account"] == "acct_1"
