"""ATOL and Schetmash are asked for each receipt that waits, with a token got once, until its end is known."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.errors import ConfigurationError
from ingest.fetch import pulling
from ingest.fetch.base import PullError
from tests.fetch.extracts import FIRST, SECOND, outcomes, problem, pull
from tests.fetch.server import Answer, Asked, Script, Server
from tests.ingest.lab import Lab

THIRD = date(2026, 11, 22)
TOKEN = "t0ken-of-the-day"
ATOL = """
feeds:
  - name: till
    format: atol
    options: {{external_id: payment_id}}
    pull:
      system: atol
      since: 2026-11-01
      base_url: "{url}/possystem/"
      login: shop
      password: env:TILL_PASSWORD
      group_code: g-1
      api_version: v5
"""
SCHETMASH = """
feeds:
  - name: till
    format: schetmash
    options: {{external_id: payment_id}}
    pull:
      system: schetmash
      since: 2026-11-01
      base_url: "{url}"
      login: shop
      password: env:TILL_PASSWORD
      shop_id: "42"
"""
RECEIPTS = "select receipt_id, status, amount::text, payment_id from raw.fiscal__receipts order by all"


def registered(uuid: str, **other: Any) -> dict[str, Any]:
    """What the site sent and was answered."""
    return {
        "operation": "sell",
        "request": {
            "external_id": f"pay-{uuid}",
            "timestamp": "20.11.2026 10:00:00",
            "receipt": {"payments": [{"type": 1, "sum": 1000.1}], "total": 1000.1},
        },
        "response": {"uuid": uuid, "status": "wait", "error": None, "timestamp": "20.11.2026 10:00:01"},
        **other,
    }


def report(uuid: str, status: str, timestamp: str = "20.11.2026 23:00:00") -> dict[str, Any]:
    payload = {
        "total": 1000.1,
        "fn_number": "0999",
        "receipt_datetime": "20.11.2026 10:01:00",
        "fiscal_document_number": 1,
        "fiscal_document_attribute": 4294967295123,
    }
    waits = {"code": 34, "text": "Состояние чека не найдено. Попробуйте позднее.", "type": "system"}
    return {
        "uuid": uuid,
        "status": status,
        "error": waits if status == "wait" else None,
        "payload": payload if status == "done" else None,
        "timestamp": timestamp,
    }


def service(reports: dict[str, Any], token: Any = None) -> Script:
    """A token for the right password, a report for the right token."""

    def script(asked: Asked) -> Answer:
        if asked.path == "/possystem/v5/getToken":
            assert asked.json == {"login": "shop", "pass": "hidden"}
            return Answer(token or {"error": None, "token": TOKEN, "timestamp": "20.11.2026 23:00:00"})
        assert asked.headers["token"] == TOKEN
        folder, _, uuid = asked.path.rpartition("/")
        assert folder == "/possystem/v5/g-1/report"
        found = reports[uuid]
        return found if isinstance(found, Answer) else Answer(found)

    return script


@pytest.fixture
def till(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A fiscal service for the feed `till` of the lab's home."""
    monkeypatch.setenv("TILL_PASSWORD", "hidden")

    def start(script: Script, configuration: str = ATOL) -> Server:
        server = serve(script)
        lab.configure(configuration.format(url=server.url))
        return server

    return start


def drop(lab: Lab, records: Any, day: date = FIRST, name: str = "exchanges.json") -> None:
    lab.put(name, json.dumps(records, ensure_ascii=False), "till", day)


def asked_for(server: Server) -> list[str]:
    return [asked.path.rpartition("/")[2] for asked in server.asked if "/report/" in asked.path]


def test_registrations_in_the_inbox_are_asked_for_and_load(lab: Lab, till: Callable[..., Server]) -> None:
    server = till(service({"u-1": report("u-1", "done"), "u-2": report("u-2", "wait")}))
    drop(lab, [registered("u-1"), registered("u-2"), registered("u-3", report=report("u-3", "done"))])
    pages = pull(lab)
    assert list(pages) == ["exchanges.json", "report-u-1.json", "report-u-2.json"]
    assert pages["report-u-1.json"]["report"] == report("u-1", "done")
    assert len([asked for asked in server.asked if asked.path.endswith("getToken")]) == 1
    assert outcomes(lab) == {("fiscal.receipts", "loaded")}
    assert set(lab.query(RECEIPTS)) == {
        ("u-1", "processing", "1000.1000", "pay-u-1"),
        ("u-1", "success", "1000.1000", "pay-u-1"),
        ("u-2", "processing", "1000.1000", "pay-u-2"),
        ("u-3", "success", "1000.1000", "pay-u-3"),
    }
    assert lab.rejects() == []


def test_who_still_waits_in_the_warehouse_is_asked_again_until_the_end(lab: Lab, till: Callable[..., Server]) -> None:
    reports = {"u-1": report("u-1", "wait"), "u-2": report("u-2", "done")}
    server = till(service(reports))
    drop(lab, {"items": [registered("u-1", attempt_no=2), registered("u-2")]})
    for day in (FIRST, SECOND):
        pull(lab, day)
        lab.run(day)
        reports["u-1"] = report("u-1", "done", "21.11.2026 23:00:00")
    assert pull(lab, THIRD) == {"reports.json": []}
    assert asked_for(server) == ["u-1", "u-2", "u-1"]
    query = "select attempt_no, status, external_id from raw.fiscal__receipts where receipt_id = 'u-1' order by all"
    assert set(lab.query(query)) == {(2, "processing", "pay-u-1"), (2, "success", "pay-u-1")}


def test_the_report_is_kept_as_it_came(lab: Lab, till: Callable[..., Server]) -> None:
    body = b'{"uuid": "u-1",  "status":"done", "payload":{"total": 10.50, "receipt_datetime": "20.11.2026 10:01:00"}}'
    pages = service({"u-1": body})
    till(pages)
    drop(lab, registered("u-1"))
    pull(lab)
    assert body in (lab.home.inbox / "till" / str(FIRST) / "report-u-1.json").read_bytes()


def test_an_answer_without_its_request_waits_although_it_is_rejected(lab: Lab, till: Callable[..., Server]) -> None:
    reports = {"u-1": report("u-1", "wait")}
    server = till(service(reports))
    lab.configure(lab.home.config_file.read_text().replace("external_id: payment_id", "operation: sell"))
    drop(lab, {"uuid": "u-1", "status": "wait", "error": None, "timestamp": "20.11.2026 10:00:01"})
    lab.run(FIRST)
    assert lab.rejects() == [(1, "amount", None, "missing_required")]
    pull(lab)
    lab.run(FIRST)
    reports["u-1"] = report("u-1", "done")
    pull(lab, SECOND)
    lab.run(SECOND)
    assert pull(lab, THIRD) == {"reports.json": []}
    assert asked_for(server) == ["u-1", "u-1"]
    assert lab.column("select status from raw.fiscal__receipts") == ["success"]


def test_an_empty_day_loads(lab: Lab, till: Callable[..., Server]) -> None:
    till(service({}))
    assert pull(lab) == {"reports.json": []}
    assert outcomes(lab) == {("fiscal.receipts", "loaded")}


def test_a_receipt_is_given_up_after_the_overlap(lab: Lab, till: Callable[..., Server]) -> None:
    server = till(service({"u-1": report("u-1", "wait")}))
    lab.configure(lab.home.config_file.read_text() + "      overlap_days: 1\n")
    drop(lab, registered("u-1"))
    for day in (FIRST, SECOND):
        pull(lab, day)
        lab.run(day)
    assert asked_for(server) == ["u-1", "u-1"]
    assert pull(lab, THIRD) == {"reports.json": []}


def test_one_that_is_rejected_every_day_is_given_up_too(lab: Lab, till: Callable[..., Server]) -> None:
    server = till(service({"u-1": report("u-1", "wait")}))
    text = lab.home.config_file.read_text().replace("external_id: payment_id", "operation: sell")
    lab.configure(text + "      overlap_days: 1\n")
    drop(lab, {"uuid": "u-1", "status": "wait", "error": None, "timestamp": "20.11.2026 10:00:01"})
    for day in (FIRST, SECOND):
        pull(lab, day)
        lab.run(day)
    assert lab.rejects() == [(1, "amount", None, "missing_required")] * 3
    assert pull(lab, THIRD) == {"reports.json": []}
    assert asked_for(server) == ["u-1", "u-1"]


def test_files_that_are_no_receipts_are_left_to_loading(lab: Lab, till: Callable[..., Server]) -> None:
    till(service({"u-1": report("u-1", "done")}))
    drop(lab, registered("u-1"))
    lab.put("notes.txt", "no JSON", "till", FIRST)
    pulling.pull(lab.home, FIRST)
    assert outcomes(lab) == {("fiscal.receipts", "loaded"), ("fiscal.receipts", "refused")}


def test_a_sample_asks_for_a_token_and_one_receipt(lab: Lab, till: Callable[..., Server], tmp_path: Any) -> None:
    server = till(service({"u-1": report("u-1", "done")}))
    drop(lab, [registered("u-1"), registered("u-2")], datetime.now(UTC).date())
    [feed] = read_configuration(lab.home)
    assert [path.name for path in pulling.pull_sample(lab.home, feed, tmp_path / "sample")] == ["report-u-1.json"]
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer({"error": "no such shop"}, 401), "refuses the credentials"),
        (Answer({"error": "broken"}, 500), "HTTP 500"),
        (Answer(b"<html>Not Found</html>", 404), "HTTP 404"),
        ({"error": {"code": 11, "text": f"Истек срок {TOKEN}"}}, "is none: Истек срок ***"),
        ({"status": "gone"}, "is none: no status"),
        ([], "is none: no status"),
    ],
)
def test_what_is_no_report_is_refused(lab: Lab, till: Callable[..., Server], answer: Any, words: str) -> None:
    till(service({"u-1": answer}))
    lab.put("exchanges.json", json.dumps(registered("u-1")), "till", FIRST)
    told = pulling.pull(lab.home, FIRST).problems[0]
    assert words in told
    assert TOKEN not in told
    assert [path.name for path in (lab.home.inbox / "till" / str(FIRST)).iterdir()] == ["exchanges.json"]


def test_a_login_that_is_refused_is_said(lab: Lab, till: Callable[..., Server]) -> None:
    wrong = {"error": {"code": 12, "text": "Неверный логин или пароль", "type": "system"}, "token": ""}
    till(service({}, wrong))
    assert "no token is given for the login and password: Неверный логин или пароль" in problem(lab)
    till(lambda _: Answer(wrong, 401))
    assert "They stand in env:TILL_PASSWORD" in problem(lab)


UNKNOWN = {
    "uuid": "u-1",
    "status": "fail",
    "error": {"code": 30, "text": f"Передан некорректный UUID {TOKEN}", "type": "system"},
    "payload": None,
    "timestamp": "20.11.2026 23:00:00",
}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(UNKNOWN, 400),
        Answer({"error": {"code": 1, "text": "Не найден"}}, 404),
        Answer(report("u-9", "done")),
    ],
    ids=["bad_request", "not_found", "another"],
)
@pytest.mark.parametrize("options", ["external_id: payment_id", "operation: sell"])
def test_a_receipt_that_is_not_known_there_holds_up_no_other(
    lab: Lab, till: Callable[..., Server], answer: Answer, options: str
) -> None:
    reports: dict[str, Any] = {"u-1": answer, "u-2": report("u-2", "done")}
    server = till(service(reports))
    lab.configure(lab.home.config_file.read_text().replace("external_id: payment_id", options))
    drop(lab, [registered("u-1"), registered("u-2")])
    pages = pull(lab)
    assert list(pages) == ["exchanges.json", "report-u-2.json", "unknown.json"]
    [told] = pages["unknown.json"]
    assert (told["uuid"], json.loads(told["answer"].replace("***", TOKEN))) == ("u-1", answer.body)
    assert TOKEN not in told["answer"]
    assert outcomes(lab) == {("fiscal.receipts", "loaded")}
    assert lab.rejects() == [(1, "status", "unknown", "unknown_enum_value")]
    query = "select receipt_id, status from raw.fiscal__receipts order by all"
    assert set(lab.query(query)) == {("u-1", "processing"), ("u-2", "processing"), ("u-2", "success")}
    reports["u-1"] = report("u-1", "done")
    assert list(pull(lab, SECOND)) == ["report-u-1.json"]
    assert asked_for(server) == ["u-1", "u-2", "u-1"]


def test_one_that_is_not_known_is_asked_for_again_before_it_is_loaded(lab: Lab, till: Callable[..., Server]) -> None:
    server = till(service({"u-1": Answer(UNKNOWN, 400)}))
    drop(lab, registered("u-1"))
    for _ in range(2):
        assert pulling.pull(lab.home, FIRST, again=True).problems == []
    assert asked_for(server) == ["u-1", "u-1"]


def test_a_sample_says_that_the_receipt_is_not_known(lab: Lab, till: Callable[..., Server], tmp_path: Any) -> None:
    till(service({"u-1": Answer(UNKNOWN, 400)}))
    drop(lab, registered("u-1"), datetime.now(UTC).date())
    [feed] = read_configuration(lab.home)
    with pytest.raises(PullError, match="HTTP 400"):
        pulling.pull_sample(lab.home, feed, tmp_path / "sample")


def test_an_id_that_leads_elsewhere_is_not_asked_for(lab: Lab, till: Callable[..., Server]) -> None:
    server = till(service({"u-1": report("u-1", "done")}))
    drop(lab, [registered("../../x"), registered("u-1")])
    pages = pull(lab)
    assert list(pages) == ["exchanges.json", "report-u-1.json", "unknown.json"]
    assert pages["unknown.json"][0]["uuid"] == "../../x"
    assert asked_for(server) == ["u-1"]


def test_a_service_that_is_busy_is_asked_again(lab: Lab, till: Callable[..., Server]) -> None:
    answers = service({"u-1": report("u-1", "done")})
    waiting = [Answer(status=503), Answer(status=429)]
    server = till(lambda asked: waiting.pop() if waiting else answers(asked))
    drop(lab, registered("u-1"))
    assert "report-u-1.json" in pull(lab)
    assert len(server.asked) == 4


def test_only_known_versions(lab: Lab, till: Callable[..., Server]) -> None:
    till(service({}))
    lab.configure(lab.home.config_file.read_text().replace("api_version: v5", "api_version: v3"))
    with pytest.raises(ConfigurationError, match=r"line 13: pull\.api_version: must be one of v4, v5"):
        read_configuration(lab.home)


def test_schetmash_has_ids_and_a_token_in_the_query(lab: Lab, till: Callable[..., Server]) -> None:
    done = {
        "id": 243,
        "status": "success",
        "payload": report("", "done")["payload"] | {"receipt_datetime": "20 Nov 2026 10:01:00 +0300"},
        "timestamp": "20.11.2026 23:00:00",
    }

    def script(asked: Asked) -> Answer:
        if asked.path == "/v1/token":
            assert asked.json == {"login": "shop", "password": "hidden"}
            return Answer({"token": TOKEN})
        assert (asked.path, asked.query) == ("/v1/42/report/243", {"token": TOKEN})
        return Answer(done)

    server = till(script, SCHETMASH)
    drop(lab, registered("", response={"id": 243, "status": "accept", "timestamp": "20.11.2026 10:00:01"}))
    assert list(pull(lab)) == ["exchanges.json", "report-243.json"]
    assert outcomes(lab) == {("fiscal.receipts", "loaded")}
    query = "select receipt_id, status, registered_at::text from raw.fiscal__receipts order by all"
    assert set(lab.query(query)) == {("243", "accepted", None), ("243", "success", "2026-11-20 07:01:00")}
    server.script = lambda asked: script(asked) if asked.path == "/v1/token" else Answer({"error": TOKEN}, 500)
    drop(lab, registered("", response={"id": 244, "status": "accept"}), SECOND)
    told = pulling.pull(lab.home, SECOND).problems[0]
    assert "HTTP 500" in told and TOKEN not in told
