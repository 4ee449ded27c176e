"""`sverka decide`: what is recorded, and every decision that is refused because it is about nothing."""

import json
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dagster_app import decide as work
from ingest import decisions
from ingest.cli import main
from ingest.home import Home
from tests.dagster_app.published_fixture import AS_OF, World

OPEN, CRITICAL, SNOOZED, RESOLVED, CLOSED, DOCUMENT, NEW = (digit * 32 for digit in "abcdef0")
MATCHED = "erp.payments:erp:PKO-1"
AMBIGUOUS = "erp.payments:erp:PKO-2"
NEXT_DAY = "2026-11-21T09:00"


NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "now", lambda: NOW)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("published"))
    states = {OPEN: "open", CRITICAL: "open", SNOOZED: "snoozed", RESOLVED: "resolved", CLOSED: "auto_closed"}
    for identifier, state in states.items():
        world.exception(
            "erp_amount_mismatch",
            "payment",
            f"PAY-{identifier[0]}",
            "Differs.",
            exception_id=identifier,
            state=state,
            severity="critical" if identifier == CRITICAL else "high",
            amount=Decimal("500"),
            first_seen_date=date(2026, 11, 17),
        )
    world.exception("receipt_missing", "payment", "PAY-new", "None.", exception_id=NEW)
    world.exception("ambiguous_match", "document", AMBIGUOUS, "Several.", exception_id=DOCUMENT)
    for key in ("PAY-a", "PAY-b"):
        world.mart("fct_payment_reconciliation", payment_key=key)
    link = {"leg": "erp", "source_system": "erp", "amount": Decimal("10"), "currency": "AMD", "candidates": []}
    world.mart("fct_document_links", document_id=MATCHED, payment_key="PAY-a", match_rule="payment_id", **link)
    ambiguous = link | {"candidates": ["PAY-a", "PAY-b"], "is_ambiguous": True}
    world.mart("fct_document_links", document_id=AMBIGUOUS, payment_key="erp:erp:PKO-2", **ambiguous)
    world.record("manual.decisions", "desk", decision_id="h-1", decision_type="accept_difference",
                 exception_id=CRITICAL, actor="anna", reason="r", decided_at=datetime(2026, 11, 19, 8))  # fmt: skip
    return world.close().published_database


@pytest.fixture
def home(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path)
    home.published.mkdir()
    shutil.copy(published, home.published_database)
    monkeypatch.setenv("SVERKA_HOME", str(tmp_path))
    return home


def decide(kind: str, *options: str, at: str = NEXT_DAY, reason: str = "Потому что", actor: str = "anna") -> Result:
    fixed = ("--reason", reason, "--actor", actor, "--at", at)
    return CliRunner().invoke(main, ("decide", kind, *options, *fixed))


def approve(identifier: str, actor: str = "boris", at: str = "2026-11-21T10:00") -> Result:
    return CliRunner().invoke(main, ("decide", "approve", identifier, "--actor", actor, "--at", at, "--json"))


def recorded(home: Home) -> list[dict[str, object]]:
    chain = decisions.read_chain(home)
    assert chain.problems == []
    return [record.values for record in chain.records]


def test_a_decision_is_recorded_under_its_business_date(home: Home) -> None:
    result = decide("resolve", "--exception", OPEN[:8], at="2026-11-20T21:30+00:00")
    assert result.exit_code == 0, result.output
    [record] = recorded(home)
    assert record["exception_id"] == OPEN
    assert record["decided_at"] == "2026-11-20T21:30:00.000000Z"
    assert (
        f"Recorded {record['decision_id']}: resolve erp_amount_mismatch of payment PAY-a (500.00\u00a0AMD)."
        in result.output
    )
    assert "It takes effect with the run of 2026-11-21 or later." in result.output
    assert (home.inbox / "manual.decisions" / "2026-11-21" / f"{record['decision_id']}.1.ndjson").is_file()


def test_each_kind_records_what_it_is_about(home: Home) -> None:
    for kind, options in (
        ("assign", ("--exception", OPEN, "--owner", "Нарине")),
        ("snooze", ("--exception", OPEN, "--until", "2026-11-22")),
        ("reopen", ("--exception", SNOOZED)),
        ("reopen", ("--exception", RESOLVED)),
        ("accept-difference", ("--exception", CRITICAL)),
        ("force-match", ("--document", MATCHED, "--payment", "PAY-b")),
        ("force-match", ("--exception", DOCUMENT[:8], "--payment", "erp:erp:PKO-2")),
    ):
        result = decide(kind, *options)
        assert result.exit_code == 0, result.output
    by_kind = {str(record["decision_type"]): record for record in recorded(home)}
    assert by_kind["assign"]["owner"] == "Нарине"
    assert by_kind["snooze"]["snooze_until"] == "2026-11-22"
    reopened = {record["exception_id"] for record in recorded(home) if record["decision_type"] == "reopen"}
    assert reopened == {SNOOZED, RESOLVED}
    matches = [record for record in recorded(home) if record["decision_type"] == "force_match"]
    assert {(m["document_id"], m["payment_key"]) for m in matches} == {
        (MATCHED, "PAY-b"),
        (AMBIGUOUS, "erp:erp:PKO-2"),
    }


def test_a_decision_for_a_published_date_takes_effect_when_that_is_run_again(home: Home) -> None:
    result = decide("resolve", "--exception", OPEN, at="2026-11-18T09:00")
    assert f"with the run of {AS_OF} or later" in result.output


def test_what_closes_is_decided_after_it_was_first_seen(home: Home) -> None:
    refused = decide("resolve", "--exception", NEW, at="2026-11-20T23:00")
    assert (refused.exit_code, "say --at 2026-11-21" in refused.output) == (2, True)
    assert decide("assign", "--exception", NEW, "--owner", "x", at="2026-11-20T23:00").exit_code == 0
    assert decide("resolve", "--exception", NEW, at="2026-11-21").exit_code == 0


def test_four_eyes(home: Home) -> None:
    result = decide("accept-difference", "--exception", CRITICAL)
    [record] = recorded(home)
    identifier = str(record["decision_id"])
    assert f"sverka decide approve {identifier} --actor NAME" in result.output
    refused = approve(identifier, actor="Anna")
    assert refused.exit_code == 2
    assert "somebody else has to approve it" in refused.output
    early = approve(identifier, at="2026-11-21T08:59")
    assert early.exit_code == 2
    assert "cannot be approved before that" in early.output
    answer = json.loads(approve(f"manual:{identifier}", at="2026-11-21T22:00").stdout)
    assert (answer["approved_by"], answer["needs_approval"], answer["effective_date"]) == ("boris", False, "2026-11-21")
    first, second = sorted(recorded(home), key=lambda values: str(values["approved_by"] or ""))
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"approved_by", "approved_at", "hash", "previous_hash"}
    again = approve(identifier, actor="clara")
    assert again.exit_code == 2
    assert "approved already, by boris" in again.output


def test_a_decision_delivered_by_hand_can_be_approved(home: Home) -> None:
    answer = json.loads(approve("h-1").stdout)
    assert answer["exception_id"] == CRITICAL
    [record] = recorded(home)
    assert (record["source_system"], record["decided_at"]) == ("desk", "2026-11-19T08:00:00.000000Z")


REFUSED = {
    "unknown exception": (("resolve", "--exception", "1" * 32), "there is no exception"),
    "short prefix": (("resolve", "--exception", "aaaa"), "at least 8"),
    "critical": (("resolve", "--exception", CRITICAL), "accept-difference"),
    "closed": (("resolve", "--exception", CLOSED), "closed by itself"),
    "resolved already": (("snooze", "--exception", RESOLVED, "--until", "2026-12-01"), "is resolved already"),
    "accepting what is closed": (("accept-difference", "--exception", CLOSED), "closed by itself"),
    "snooze until today": (("snooze", "--exception", OPEN, "--until", "2026-11-21"), "after 2026-11-21"),
    "no owner": (("assign", "--exception", OPEN, "--owner", " "), "owner is empty"),
    "reopen an open one": (("reopen", "--exception", OPEN), "only what was resolved or snoozed"),
    "unknown document": (("force-match", "--document", "x:y:z", "--payment", "PAY-a"), "there is no document"),
    "unknown payment": (("force-match", "--document", MATCHED, "--payment", "PAY-z"), "its own key 'erp:erp:PKO-1'"),
    "present payment": (("force-match", "--document", MATCHED, "--payment", "PAY-a"), "by rule payment_id"),
    "no payment": (("force-match", "--document", AMBIGUOUS), "a candidate is PAY-a"),
    "no document": (("force-match", "--payment", "PAY-a"), "needs --document"),
    "exception of a payment": (("force-match", "--exception", OPEN, "--payment", "PAY-a"), "give --document"),
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED.keys())
def test_a_decision_that_could_have_no_effect_is_refused(home: Home, arguments: tuple[tuple[str, ...], str]) -> None:
    call, words = arguments
    result = decide(*call)
    assert result.exit_code == 2
    assert words in result.output
    assert len(result.output.splitlines()) == 1
    assert recorded(home) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"at": "yesterday"}, "is no time"),
        ({"at": "2999-01-01"}, "is in the future"),
        ({"reason": " "}, "the reason is empty"),
        ({"actor": ""}, "the actor is empty"),
    ],
)
def test_who_why_and_when_have_to_be_said(home: Home, changes: dict[str, str], words: str) -> None:
    result = decide("resolve", "--exception", OPEN, **changes)
    assert result.exit_code == 2
    assert words in result.output
    assert recorded(home) == []


def test_approvals_of_nothing_are_refused(home: Home) -> None:
    unknown = approve("D-20261121-00000000")
    assert (unknown.exit_code, "there is no decision" in unknown.output) == (2, True)
    decide("resolve", "--exception", OPEN)
    needless = approve(str(recorded(home)[0]["decision_id"]))
    assert (needless.exit_code, "needs no second person" in needless.output) == (2, True)


def test_without_a_published_database_nothing_can_be_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVERKA_HOME", str(tmp_path))
    result = decide("resolve", "--exception", OPEN)
    assert result.exit_code == 1
    assert "Nothing is published yet" in result.output


def test_two_beginnings_alike_have_to_be_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVERKA_HOME", str(tmp_path))
    world = World(tmp_path)
    for last in "01":
        world.exception("receipt_missing", "payment", f"P{last}", "r", exception_id="a" * 31 + last)
    world.close()
    result = decide("resolve", "--exception", "a" * 12)
    assert (result.exit_code, "give more of it" in result.output) == (2, True)
    assert decide("resolve", "--exception", "a" * 31 + "1").exit_code == 0


def test_status_says_how_the_chain_stands(home: Home) -> None:
    decide("resolve", "--exception", OPEN)
    assert "Decisions: 1, chain intact" in CliRunner().invoke(main, ["status"]).output
    [path] = (home.inbox / "manual.decisions" / "2026-11-21").iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace("anna", "boris"), encoding="utf-8")
    result = CliRunner().invoke(main, ["status"])
    assert "Decisions: 1, chain BROKEN" in result.output
    assert f"{path.name} was changed after it was written" in result.output
    answer = json.loads(CliRunner().invoke(main, ["status", "--json"]).stdout)["decisions"]
    assert (answer["count"], answer["is_intact"], len(answer["problems"])) == (1, False, 1)


@pytest.mark.parametrize(
    "kind", ["resolve", "assign", "snooze", "force-match", "accept-difference", "reopen", "approve"]
)
def test_help_has_an_example_and_json(kind: str) -> None:
    output = CliRunner().invoke(main, ["decide", kind, "--help"]).output
    assert f"sverka decide {kind} " in output
    assert "--json" in output


def test_the_clock_is_the_default_time(home: Home) -> None:
    result = CliRunner().invoke(
        main, ["decide", "resolve", "--exception", OPEN, "--reason", "r", "--actor", "a", "--json"]
    )
    answer = json.loads(result.stdout)
    assert answer["decided_at"] == "2026-11-22T09:00:00.000000Z"
    assert answer["effective_date"] == "2026-11-22"


def test_a_home_ahead_of_the_clock_may_decide_until_its_next_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    assert decide("resolve", "--exception", OPEN, at="2026-11-21T23:59").exit_code == 0
    assert decide("resolve", "--exception", OPEN, at="2026-11-22T00:01").exit_code == 2
