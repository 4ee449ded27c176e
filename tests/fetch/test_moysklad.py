"""MoySklad's lists: what is asked for in which zone, pages by offset, the trash, errors."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import moysklad
from ingest.formats.base import Row
from tests.fetch.pulled import (
    FIRST,
    MORNING,
    SECOND,
    basic,
    failure,
    files,
    part,
    pull,
    pull_at,
    pulled_and_loaded,
    read,
)
from tests.fetch.server import Answer, Asked, Script, Server
from tests.ingest.lab import Lab

CONFIGURATION = """
feeds:
  - name: books
    format: moysklad
    contracts: [{contracts}]
    timezone: Asia/Yerevan
    options: {{currency: RUB}}
    pull: {{system: moysklad, since: 2026-11-20, base_url: "{url}/api/remap/1.2", {login}}}
"""
TOKEN = "token: env:MOYSKLAD_TOKEN"
EVERYTHING = (
    "erp.payments, erp.refunds, erp.invoices, crm.invoices, website.orders, warehouse.deliveries, warehouse.returns, "
    "crm.customers"
)


def record(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    return {
        "meta": {"href": f"https://api.moysklad.example/entity/{kind}/{kind}-{number}", "type": kind},
        "id": f"{kind}-{number}",
        "name": f"{number:05}",
        "updated": "2026-11-20 12:00:00.000",
        "moment": "2026-11-20 11:00:00.000",
        "applicable": True,
        "sum": 10000.0,
        "companyType": "legal",
    } | fields


def account(records: dict[str, list[dict[str, Any]]]) -> Script:
    """An account with records by kind; those with ``deleted`` are in the trash. It answers in gzip only."""

    def script(asked: Asked) -> Answer:
        if asked.headers["accept-encoding"] != "gzip":
            return Answer({"errors": [{"error": "gzip"}]}, status=415)
        kind, query = asked.path.removeprefix("/api/remap/1.2/entity/"), asked.query
        offset, limit = int(query["offset"]), int(query["limit"])
        is_trash = "isDeleted=true" in query["filter"]
        rows = [item for item in records.get(kind, []) if bool(item.get("deleted")) == is_trash]
        meta = {
            "href": f"{asked.path}?filter={query['filter']}",
            "type": kind,
            "size": len(rows),
            "limit": limit,
            "offset": offset,
        }
        return Answer({"context": {}, "meta": meta, "rows": part(rows, offset, limit)}, is_gzip=True)

    return script


@pytest.fixture
def serving(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    monkeypatch.setenv("MOYSKLAD_TOKEN", "account-token")
    monkeypatch.setenv("MOYSKLAD_PASSWORD", "пароль")
    monkeypatch.setattr(moysklad, "PAGE_SIZE", 2)

    def start(script: Script, contracts: str = "erp.payments", login: str = TOKEN) -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url, contracts=contracts, login=login))
        return server

    return start


def test_pages_and_the_trash_load(lab: Lab, serving: Callable[..., Server]) -> None:
    payments = [record("paymentin", number) for number in range(3)]
    payments.append(record("paymentin", 3, deleted="2026-11-20 15:00:00.000"))
    server = serving(account({"paymentin": payments, "cashin": [record("cashin", 1)]}))
    pulled_and_loaded(lab)
    assert files(lab) == [
        "cashin-0001.json",
        "cashin-deleted-0001.json",
        "paymentin-0001.json",
        "paymentin-0002.json",
        "paymentin-deleted-0001.json",
    ]
    assert lab.query("select erp_document_id, deleted from raw.erp__payments order by all") == [
        ("cashin-1", False),
        *[(f"paymentin-{number}", number == 3) for number in range(4)],
    ]
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer account-token"}
    first, _, trash = (asked.query for asked in server.asked[:3])
    assert first == {
        "filter": "updated>=2026-11-19 23:00:00.000;updated<2026-11-20 23:00:00.000",
        "order": "updated,asc;id,asc",
        "limit": "2",
        "offset": "0",
        "expand": "agent,organization,rate.currency",
    }
    assert trash["filter"] == "deleted>=2026-11-19 23:00:00.000;deleted<2026-11-20 23:00:00.000;isDeleted=true"
    assert [asked.query["offset"] for asked in server.asked[:2]] == ["0", "2"]


def test_customers_come_from_the_archive_too(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(account({"counterparty": [record("counterparty", 1, archived=True)]}), "crm.customers")
    pulled_and_loaded(lab)
    assert lab.query("select customer_id, is_active from raw.crm__customers") == [("counterparty-1", False)]
    [asked] = server.asked
    assert asked.query["filter"].endswith(";archived=true;archived=false")
    assert (asked.query["limit"], "expand" in asked.query) == ("1000", False)


def test_an_empty_day_is_no_refusal_for_any_contract(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(account({}), EVERYTHING)
    assert pull(lab).outcome == "pulled"
    assert len(files(lab)) == len(server.asked) == 2 * len(moysklad.KINDS) - 1
    assert read(lab) == []


def test_only_what_gives_the_contracts_is_asked_for(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(account({}), "erp.invoices, crm.invoices, warehouse.returns")
    assert pull(lab).outcome == "pulled"
    assert {asked.path.rpartition("/")[2] for asked in server.asked} == {"invoiceout", "salesreturn"}


def test_the_second_window_overlaps_the_first(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(account({}), "erp.payments", "user: admin@shop, password: env:MOYSKLAD_PASSWORD")
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-20", "since: 2026-11-01"))
    assert {outcome for _, outcome, _ in pulled_and_loaded(lab)} == {"loaded"}
    assert pull(lab, SECOND).outcome == "pulled"
    times = re.findall(r"updated[<>]=?([^;]+)", server.asked[-2].query["filter"])
    assert times == ["2026-11-19 23:00:00.000", "2026-11-21 23:00:00.000"]
    assert server.asked[0].headers["authorization"] == basic("admin@shop", "пароль")


def test_what_leaves_the_list_while_it_is_read_loses_nothing(lab: Lab, serving: Callable[..., Server]) -> None:
    payments = [record("paymentin", number) for number in range(4)]
    server = serving(account({"paymentin": payments}))
    whole = server.script

    def script(asked: Asked) -> Answer:
        if len(server.asked) == 2:
            del payments[0]
        return whole(asked)

    server.script = script
    assert pull(lab).outcome == "pulled"
    assert {row.values["erp_document_id"] for row in read(lab) if isinstance(row, Row)} == {
        f"paymentin-{number}" for number in range(4)
    }


def test_a_limit_of_requests_is_waited_for(lab: Lab, serving: Callable[..., Server]) -> None:
    server = serving(account({"paymentin": [record("paymentin", 1)]}))
    whole = server.script
    throttled = Answer({"errors": [{"code": 1049}]}, status=429, headers={"X-Lognex-Retry-After": "0"})
    server.script = lambda asked: throttled if len(server.asked) == 1 else whole(asked)
    assert pull(lab).outcome == "pulled"
    assert server.asked[0].query == server.asked[1].query


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({"errors": [{"error": "Ошибка фильтра", "code": 1034}]}), "MoySklad answers an error: Ошибка фильтра."),
        (Answer({"errors": [{"error": "account-token"}]}), "MoySklad answers an error: ***."),
        (Answer({"rows": []}), "answers no list"),
        (Answer({"meta": {"size": 1}}), "answers no list"),
        (Answer({"meta": {"size": 3}, "rows": []}), "paymentin counts 3 records, 0 came"),
        (Answer({"meta": {"size": 0}, "rows": [record("paymentin", 1)]}), "paymentin counts 0 records, 1 came"),
        (Answer({"errors": [{"error": "Доступ запрещен"}]}, status=403), "They stand in env:MOYSKLAD_TOKEN"),
    ],
)
def test_what_is_no_whole_list_is_refused(lab: Lab, serving: Callable[..., Server], answer: Answer, words: str) -> None:
    serving(lambda _: answer)
    assert words in failure(lab, FIRST)


@pytest.mark.parametrize("login", ["", "user: admin", "token: env:A, user: admin, password: env:B"])
def test_a_login_must_be_one_of_both(lab: Lab, login: str) -> None:
    lab.configure(CONFIGURATION.format(url="https://ms.example", contracts="erp.payments", login=login))
    with pytest.raises(ConfigurationError, match="needs a `token`, or `user` and `password`"):
        read_configuration(lab.home)


def test_what_changes_again_before_the_pull_is_seen(
    lab: Lab, serving: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(account({}), "crm.customers")
    pull_at(monkeypatch, MORNING)
    pull(lab)
    assert "updated<2026-11-21 05:30:00.000" in server.asked[0].query["filter"]
