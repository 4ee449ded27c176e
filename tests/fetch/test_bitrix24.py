"""Bitrix24 answers by id and with a total; its payments are found by their orders; its address is the secret."""

import operator
from collections.abc import Callable
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import bitrix24, http
from tests.fetch.extracts import FIRST, SECOND, outcomes, problem, pull
from tests.fetch.pulled import MORNING, pull_at
from tests.fetch.server import Answer, Asked, Script, Server, in_turn
from tests.ingest.lab import Lab

CODE = "s3cr3tc0de"
PAGE = 2
OPERATORS = {">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": lambda value, wanted: value in wanted}
TABLES = {"crm.deal.list": "", "sale.order.list": "orders", "sale.payment.list": "payments"}
CONFIGURATION = """
feeds:
  - name: crm
    format: bitrix24
    contracts: [{contracts}]
    options: {{order_field: UF_CRM_ORDER}}
    pull: {{system: bitrix24, since: 2026-11-20, webhook: "env:BITRIX24_WEBHOOK"}}
"""
ALL = ("crm.deals", "website.orders", "website.payments")


def deal(number: int, changed: str = "2026-11-20T10:00:00+00:00") -> dict[str, Any]:
    return {
        "ID": str(number),
        "STAGE_ID": "WON",
        "STAGE_SEMANTIC_ID": "S",
        "OPPORTUNITY": "10.00",
        "CURRENCY_ID": "RUB",
        "DATE_MODIFY": changed,
        "ORIGIN_ID": None,
        "UF_CRM_ORDER": f"o-{number}",
    }


def order(number: int, changed: str = "2026-11-20T10:00:00+00:00") -> dict[str, Any]:
    return {
        "id": number,
        "accountNumber": str(number),
        "userId": 1,
        "price": 10.5,
        "currency": "RUB",
        "payed": "Y",
        "canceled": "N",
        "statusId": "N",
        "dateInsert": "2026-10-01T10:00:00+03:00",
        "dateUpdate": changed,
    }


def payment(number: int, order_id: int) -> dict[str, Any]:
    return {
        "id": number,
        "accountNumber": f"{order_id}/1",
        "orderId": order_id,
        "sum": 10.5,
        "currency": "RUB",
        "paid": "Y",
        "isReturn": "N",
        "dateBill": "2026-10-01T10:00:00+03:00",
        "datePaid": "2026-11-20T12:00:00+03:00",
    }


def portal(rows: dict[str, list[dict[str, Any]]]) -> Script:
    """Filters, orders by id and pages as the methods do."""

    def holds(row: dict[str, Any], condition: str, wanted: Any) -> bool:
        name = condition.lstrip("<>=")
        value = int(row[name]) if name in ("id", "ID") else row[name]
        return OPERATORS[condition.removesuffix(name)](value, int(wanted) if name in ("id", "ID") else wanted)

    def script(asked: Asked) -> Answer:
        method = asked.path.rpartition("/")[2]
        query = asked.json
        [[key, direction]] = query["order"].items()
        assert direction == "ASC"
        found = [
            {name: row.get(name) for name in query["select"]}
            for row in sorted(rows.get(method, ()), key=lambda row: int(row[key]))
            if all(holds(row, *item) for item in query["filter"].items())
        ]
        page = found[:PAGE]
        answer = {"result": {TABLES[method]: page} if TABLES[method] else page, "total": len(found), "time": {}}
        return Answer(answer | ({"next": PAGE} if len(found) > PAGE else {}))

    return script


@pytest.fixture
def crm(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A portal for the feed `crm` of the lab's home."""

    def start(script: Script, contracts: tuple[str, ...] = ALL) -> Server:
        server = serve(script)
        monkeypatch.setenv("BITRIX24_WEBHOOK", f"{server.url}/rest/7/{CODE}")
        lab.configure(CONFIGURATION.format(contracts=", ".join(contracts)))
        return server

    return start


def test_what_changed_is_read_by_id_and_loads(lab: Lab, crm: Callable[..., Server]) -> None:
    old = "2026-11-01T10:00:00+00:00"
    rows = {
        "crm.deal.list": [deal(9), deal(10), deal(100), deal(1, old)],
        "sale.order.list": [order(1), order(2), order(3), order(4, old)],
        "sale.payment.list": [payment(11, 1), payment(12, 3), payment(13, 4), payment(14, 2), payment(15, 2)],
    }
    server = crm(portal(rows))
    pages = pull(lab)
    assert list(pages) == [
        "deals-0001.json",
        "deals-0002.json",
        "orders-0001.json",
        "orders-0002.json",
        "payments-0001-0001.json",
        "payments-0001-0002.json",
        "payments-0002-0001.json",
    ]
    first = server.asked[0]
    assert first.path == f"/rest/7/{CODE}/crm.deal.list"
    assert first.json["filter"] == {
        ">=DATE_MODIFY": "2026-11-19T20:00:00+00:00",
        "<DATE_MODIFY": "2026-11-20T20:00:00+00:00",
    }
    assert server.asked[1].json["filter"][">ID"] == "10"
    assert outcomes(lab) == {(contract, "loaded") for contract in ALL}
    assert lab.query("select deal_id, order_id from raw.crm__deals order by all") == [
        ("10", "o-10"),
        ("100", "o-100"),
        ("9", "o-9"),
    ]
    assert lab.column("select order_id from raw.website__orders order by all") == ["1", "2", "3"]
    assert lab.column("select payment_id from raw.website__payments order by all") == ["11", "12", "14", "15"]
    assert lab.rejects() == []


def test_what_is_asked_is_all_that_the_format_reads(lab: Lab, crm: Callable[..., Server]) -> None:
    server = crm(portal({}))
    pull(lab)
    deals, orders = (asked.json["select"] for asked in server.asked)
    assert set(deals) == set(deal(1))
    assert set(orders) == set(order(1))
    assert set(payment(1, 1)) <= set(bitrix24.PAYMENT_FIELDS)


def test_a_deal_that_leaves_the_list_while_it_is_read_hides_no_other(lab: Lab, crm: Callable[..., Server]) -> None:
    rows = {"crm.deal.list": [deal(number) for number in range(1, 6)]}
    pages = portal(rows)

    def script(asked: Asked) -> Answer:
        answer = pages(asked)
        rows["crm.deal.list"] = [row for row in rows["crm.deal.list"] if row["ID"] != "1"]
        return answer

    crm(script, ("crm.deals",))
    assert [row["ID"] for page in pull(lab).values() for row in page["result"]] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("contracts", [ALL, *((contract,) for contract in ALL)])
def test_an_empty_day_loads(lab: Lab, crm: Callable[..., Server], contracts: tuple[str, ...]) -> None:
    crm(portal({}), contracts)
    pull(lab)
    assert outcomes(lab) == {(contract, "loaded") for contract in contracts}


def test_payments_alone_do_not_bring_their_orders(lab: Lab, crm: Callable[..., Server]) -> None:
    crm(portal({"sale.order.list": [order(1)], "sale.payment.list": [payment(11, 1)]}), ("website.payments",))
    assert list(pull(lab)) == ["payments-0001-0001.json"]
    assert outcomes(lab) == {("website.payments", "loaded")}


def test_the_next_window_reaches_back_by_the_overlap(lab: Lab, crm: Callable[..., Server]) -> None:
    server = crm(portal({}), ("crm.deals",))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-20", "since: 2026-11-01"))
    pull(lab)
    lab.run(FIRST)
    pull(lab, SECOND)
    assert server.asked[-1].json["filter"] == {
        ">=DATE_MODIFY": "2026-11-19T20:00:00+00:00",
        "<DATE_MODIFY": "2026-11-21T20:00:00+00:00",
    }


BUSY = {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}


@pytest.mark.parametrize("status", [200, 503])
def test_a_portal_that_is_busy_is_asked_again(lab: Lab, crm: Callable[..., Server], status: int) -> None:
    server = crm(in_turn(Answer(BUSY, status), Answer({"result": [deal(1)], "total": 1})), ("crm.deals",))
    assert len(pull(lab)) == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [200, 503])
def test_a_portal_that_stays_busy_is_said(lab: Lab, crm: Callable[..., Server], status: int) -> None:
    server = crm(lambda _: Answer(BUSY, status), ("crm.deals",))
    assert "QUERY_LIMIT_EXCEEDED" in problem(lab)
    assert len(server.asked) == http.ATTEMPTS


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"error": "ACCESS_DENIED", "error_description": f"no right for {CODE}"}, "ACCESS_DENIED: no right for ***"),
        ({"error": "expired_token", "error_description": "expired"}, "expired. Renew what stands in env:BITRIX24_WE"),
        ({"result": [deal(1)], "total": 3}, "says 3 records in all, but gives 1 and no next page"),
        ({"result": [deal(1), deal(2)], "total": 2, "next": 50}, "gives 2 and says there are more"),
        ({"result": [deal(1)]}, "says None records"),
        ({"result": True, "total": 0}, "no list of records with ID"),
        ({"items": []}, "no answer of Bitrix24"),
    ],
)
def test_what_does_not_fit_is_refused(lab: Lab, crm: Callable[..., Server], answer: Any, words: str) -> None:
    crm(lambda _: Answer(answer), ("crm.deals",))
    told = problem(lab)
    assert words in told
    assert CODE not in told


@pytest.mark.parametrize("status", [401, 404, 500])
def test_the_address_is_never_told(lab: Lab, crm: Callable[..., Server], status: int) -> None:
    crm(lambda _: Answer({"error": "NO_AUTH_FOUND"}, status), ("crm.deals",))
    told = problem(lab)
    assert "***" in told
    assert CODE not in told


def test_what_is_no_webhook_is_said(lab: Lab, crm: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    crm(portal({}), ("crm.deals",))
    monkeypatch.setenv("BITRIX24_WEBHOOK", f"https://portal.example/{CODE}")
    told = problem(lab)
    assert "what stands in env:BITRIX24_WEBHOOK is no address of an incoming webhook" in told
    assert CODE not in told


def test_a_token_goes_in_the_body(lab: Lab, crm: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = crm(portal({}), ("crm.deals",))
    monkeypatch.setenv("BITRIX24_TOKEN", "hidden")
    settings = f'portal: "{server.url}", access_token: "env:BITRIX24_TOKEN"'
    text = lab.home.config_file.read_text()
    lab.configure(text.replace('webhook: "env:BITRIX24_WEBHOOK"', settings))
    pull(lab)
    assert (server.asked[0].path, server.asked[0].json["auth"]) == ("/rest/crm.deal.list", "hidden")
    lab.configure(text.replace('webhook: "env:BITRIX24_WEBHOOK"', f'portal: "{server.url}"'))
    with pytest.raises(ConfigurationError, match="either `webhook`, or `portal` and `access_token`"):
        read_configuration(lab.home)


def test_what_changes_again_before_the_pull_is_seen(
    lab: Lab, crm: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = crm(portal({"crm.deal.list": [], "sale.order.list": [], "sale.payment.list": []}))
    pull_at(monkeypatch, MORNING)
    pull(lab)
    limits = [value for asked in server.asked for key, value in asked.json["filter"].items() if key.startswith("<")]
    assert limits == ["2026-11-21T02:30:00+00:00"] * 2
