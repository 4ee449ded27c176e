"""A pull of whole extracts: what is in the inbox when it ends, when it fails, and from where the next one begins."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from ingest.cli import main
from ingest.errors import ConfigurationError
from ingest.fetch import SYSTEMS, pulling
from ingest.fetch.base import Page, Pull
from ingest.fetch.records import read_record
from tests.fetch.pulled import pull_at
from tests.fetch.server import Answer, Asked, Script, Server
from tests.ingest.lab import Lab

FIRST, SECOND, THIRD = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
SECRET = "test_secret-key"
CONFIGURATION = """
feeds:
  - name: shop
    format: yookassa
    contracts: [provider.payments]
    pull: {{system: yookassa, since: 2026-11-20, base_url: "{url}", shop_id: "100500", secret_key: "env:YOOKASSA_KEY"}}
"""


def payment(number: int, status: str = "succeeded") -> dict[str, Any]:
    created = "2026-11-20T10:00:00.000Z"
    return {
        "id": f"p-{number}",
        "status": status,
        "amount": {"value": "10.00", "currency": "RUB"},
        "created_at": created,
        "captured_at": created,
        "paid": status == "succeeded",
        "test": False,
    }


def paged(payments: list[dict[str, Any]], size: int = 2) -> Script:
    """A list answered page by page, as YooKassa does."""

    def script(asked: Asked) -> Answer:
        start = int(asked.query.get("cursor", 0))
        page: dict[str, Any] = {"type": "list", "items": payments[start : start + size]}
        if start + size < len(payments):
            page["next_cursor"] = str(start + size)
        return Answer(page)

    return script


@pytest.fixture
def pull(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Server]:
    """A server for the feed `shop` of the lab's home."""
    monkeypatch.setenv("YOOKASSA_KEY", SECRET)

    def start(script: Script) -> Server:
        server = serve(script)
        lab.configure(CONFIGURATION.format(url=server.url))
        return server

    return start


def files(lab: Lab, day: date) -> dict[str, bytes]:
    folder = lab.home.inbox / "shop" / str(day)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


def outcome(lab: Lab, day: date, **options: Any) -> str:
    return pulling.pull(lab.home, day, **options).feeds[0].outcome


def test_pages_are_kept_verbatim_and_load(lab: Lab, pull: Callable[..., Server]) -> None:
    server = pull(paged([payment(number) for number in range(5)]))
    assert outcome(lab, FIRST) == "pulled"
    found = files(lab, FIRST)
    assert list(found) == ["payments-0001.json", "payments-0002.json", "payments-0003.json"]
    assert [len(json.loads(content)["items"]) for content in found.values()] == [2, 2, 1]
    first = server.asked[0].query
    assert (first["created_at.gte"], first["created_at.lt"]) == ("2026-11-19T20:00:00.000Z", "2026-11-20T20:00:00.000Z")
    lab.run(FIRST)
    assert lab.column("select count(*) from raw.provider__payments") == [5]


def test_pulling_twice_changes_nothing(lab: Lab, pull: Callable[..., Server]) -> None:
    server = pull(paged([payment(1)]))
    assert (outcome(lab, FIRST), outcome(lab, FIRST)) == ("pulled", "already_pulled")
    lab.run(FIRST)
    assert outcome(lab, FIRST) == "already_pulled"
    assert len(server.asked) == 1
    before = lab.operations()
    assert outcome(lab, FIRST, again=True) == "pulled"
    lab.run(FIRST)
    assert lab.operations() == before


def test_an_empty_answer_is_an_empty_extract(lab: Lab, pull: Callable[..., Server]) -> None:
    pull(paged([]))
    outcomes = [outcome(lab, day) for day in (FIRST, SECOND)]
    lab.run(SECOND)
    assert outcomes == ["pulled", "pulled"]
    assert lab.log() == [("payments-0001.json", "loaded", None)] * 2


def test_the_cursor_moves_only_after_loading_and_the_overlap_is_read_again(
    lab: Lab, pull: Callable[..., Server]
) -> None:
    server = pull(paged([payment(1)]))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-20", "since: 2026-11-01, overlap_days: 2"))
    starts = []
    for day in (FIRST, SECOND):
        pulling.pull(lab.home, day)
        starts.append(server.asked[-1].query["created_at.gte"])
    lab.run(SECOND)
    pulling.pull(lab.home, THIRD)
    starts.append(server.asked[-1].query["created_at.gte"])
    assert starts == ["2026-10-31T20:00:00.000Z", "2026-10-31T20:00:00.000Z", "2026-11-19T20:00:00.000Z"]


def test_an_older_date_does_not_move_the_cursor_back(lab: Lab, pull: Callable[..., Server]) -> None:
    server = pull(paged([payment(1)]))
    lab.configure(lab.home.config_file.read_text().replace("since: 2026-11-20", "since: 2026-11-01, overlap_days: 0"))
    for day in (SECOND, FIRST):
        pulling.pull(lab.home, day)
        lab.run(SECOND)
    pulling.pull(lab.home, THIRD)
    assert server.asked[-1].query["created_at.gte"] == "2026-11-21T20:00:00.000Z"


def test_what_was_refused_is_read_again(lab: Lab, pull: Callable[..., Server]) -> None:
    server = pull(lambda _: Answer({"type": "list", "items": [{"no": "payment"}, 7]}))
    pulling.pull(lab.home, FIRST)
    lab.run(FIRST)
    assert [line[1] for line in lab.log()] == ["refused"]
    server.script = paged([payment(1)])
    pulling.pull(lab.home, SECOND)
    assert server.asked[-1].query["created_at.gte"] == "2026-11-19T20:00:00.000Z"


def test_a_failing_page_leaves_nothing(lab: Lab, pull: Callable[..., Server]) -> None:
    pages = paged([payment(number) for number in range(5)])
    server = pull(lambda asked: Answer(status=500) if asked.query.get("cursor") == "4" else pages(asked))
    report = pulling.pull(lab.home, FIRST)
    assert report.is_failed
    assert "shop: " in report.problems[0] and "HTTP 500" in report.problems[0]
    assert list((lab.home.inbox / "shop").iterdir()) == []
    assert read_record(lab.home, "shop", FIRST) is None
    server.script = pages
    assert outcome(lab, FIRST) == "pulled"
    assert len(files(lab, FIRST)) == 3


def test_what_a_killed_pull_left_is_removed(lab: Lab, pull: Callable[..., Server]) -> None:
    pull(paged([payment(1)]))
    left = lab.home.inbox / "shop" / f".{FIRST}.part" / "payments-0009.json"
    left.parent.mkdir(parents=True)
    left.write_text("{}")
    assert outcome(lab, FIRST) == "pulled"
    assert list(files(lab, FIRST)) == ["payments-0001.json"]
    assert [path.name for path in (lab.home.inbox / "shop").iterdir()] == [str(FIRST)]


def test_files_that_are_there_already_stay(lab: Lab, pull: Callable[..., Server]) -> None:
    pull(paged([payment(1)]))
    lab.put("by-hand.json", json.dumps({"type": "list", "items": []}), "shop", FIRST)
    assert outcome(lab, FIRST) == "pulled"
    assert list(files(lab, FIRST)) == ["by-hand.json", "payments-0001.json"]


def test_a_day_that_is_not_over_is_pulled_again(lab: Lab, pull: Callable[..., Server]) -> None:
    server = pull(paged([payment(1)]))
    today = datetime.now(ZoneInfo(lab.home.timezone)).date()
    assert outcome(lab, today) == "pulled"
    server.script = paged([payment(1, "canceled")])
    assert outcome(lab, today) == "pulled"
    assert b"canceled" in files(lab, today)["payments-0001.json"]


def test_what_cannot_be_pulled_is_said(lab: Lab, pull: Callable[..., Server]) -> None:
    pull(paged([]))
    with pytest.raises(ConfigurationError, match="no feed 'shpo'"):
        pulling.pull(lab.home, FIRST, "shpo")
    with pytest.raises(ConfigurationError, match="has no `pull`"):
        pulling.pull(lab.home, FIRST, "erp.payments")
    with pytest.raises(ConfigurationError, match="has not begun"):
        pulling.pull(lab.home, datetime.now(UTC).date() + timedelta(days=2))
    assert "before 2026-11-20" in pulling.pull(lab.home, date(2026, 11, 1)).problems[0]


def test_nothing_is_pulled_after_the_feed_ended(lab: Lab, pull: Callable[..., Server]) -> None:
    pull(paged([]))
    lab.configure(lab.home.config_file.read_text() + "    until: 2026-11-20\n")
    assert len(pulling.pull(lab.home, FIRST).feeds) == 1
    assert pulling.pull(lab.home, SECOND).feeds == []


def test_secrets_come_from_their_place_and_are_never_told(
    lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = pull(lambda asked: Answer({"echo": asked.headers["authorization"], "key": SECRET}, status=400))
    [problem] = pulling.pull(lab.home, FIRST).problems
    assert "HTTP 400" in problem and SECRET not in problem and "***" in problem
    monkeypatch.delenv("YOOKASSA_KEY")
    assert "environment variable YOOKASSA_KEY, which is not set" in pulling.pull(lab.home, FIRST).problems[0]
    place = tmp_path / "key"
    place.write_text(SECRET + "\n")
    lab.configure(lab.home.config_file.read_text().replace("env:YOOKASSA_KEY", f"file:{place}"))
    server.script = paged([])
    assert outcome(lab, FIRST) == "pulled"
    assert server.asked[-1].headers["authorization"] == "Basic MTAwNTAwOnRlc3Rfc2VjcmV0LWtleQ=="


@pytest.mark.parametrize("end", ["\n", "\r\n", " "])
def test_a_line_break_after_a_secret_is_no_part_of_it(
    lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    server = pull(paged([]))
    monkeypatch.setenv("YOOKASSA_KEY", SECRET + end)
    assert outcome(lab, FIRST) == "pulled"
    assert server.asked[-1].headers["authorization"] == "Basic MTAwNTAwOnRlc3Rfc2VjcmV0LWtleQ=="


def test_a_secret_of_several_lines_is_refused_and_not_told(
    lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = pull(paged([]))
    monkeypatch.setenv("YOOKASSA_KEY", f"{SECRET}\nsecond")
    [problem] = pulling.pull(lab.home, FIRST).problems
    assert "secret_key stands in env:YOOKASSA_KEY with a line break" in problem
    place = tmp_path / "key"
    place.write_text(f"{SECRET}\nsecond")
    lab.configure(lab.home.config_file.read_text().replace("env:YOOKASSA_KEY", f"file:{place}"))
    [other] = pulling.pull(lab.home, FIRST).problems
    assert f"secret_key stands in file:{place} with a line break" in other
    assert SECRET not in problem + other
    assert server.asked == []


@pytest.mark.parametrize("secret", ["back\\slash", "quo'ted\"twice", "ключ"])
def test_a_secret_that_is_quoted_is_masked_too(
    lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    pull(paged([]))
    monkeypatch.setenv("YOOKASSA_KEY", secret)

    def broken(task: Pull) -> Iterator[Page]:
        task.learned.append("token\n")
        raise ValueError(f"Invalid header value {task.text('secret_key')!r} {secret.encode()!r} b'token\\n'")

    monkeypatch.setattr(SYSTEMS["yookassa"], "pages", broken)
    [problem] = pulling.pull(lab.home, FIRST).problems
    assert "***" in problem
    assert not any(told in problem for told in (secret, repr(secret)[1:-1], repr(secret.encode())[2:-1], "token"))


def test_what_nobody_foresaw_fails_one_feed_and_tells_no_secret(
    lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(paged([]))

    def broken(task: Pull) -> Iterator[Page]:
        yield Page("a.json", [b"{}"])
        raise KeyError(SECRET)

    monkeypatch.setattr(SYSTEMS["yookassa"], "pages", broken)
    [problem] = pulling.pull(lab.home, FIRST).problems
    assert "failed on what it was answered (KeyError: '***')" in problem
    assert list((lab.home.inbox / "shop").iterdir()) == []


def test_the_command(lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> None:
    server = pull(paged([payment(1)]))
    monkeypatch.setenv("SVERKA_HOME", str(lab.home.path))
    told = CliRunner().invoke(main, ["pull", "--date", str(FIRST), "--json"])
    assert told.exit_code == 0
    [found] = json.loads(told.stdout)["feeds"]
    assert (found["feed"], found["day"], found["outcome"], found["files"]) == ("shop", str(FIRST), "pulled", 1)
    server.script = lambda _: Answer(status=401)
    told = CliRunner().invoke(main, ["pull"])
    assert told.exit_code == 1
    assert "refuses the credentials" in told.output
    assert CliRunner().invoke(main, ["pull", "--feed", "erp.payments"]).exit_code == 2


def test_the_command_in_a_home_without_pulls(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVERKA_HOME", str(lab.home.path))
    told = CliRunner().invoke(main, ["pull"])
    assert told.exit_code == 2
    assert "no feed has a `pull`" in told.output


def test_a_window_ends_with_its_day_whenever_it_is_asked(
    lab: Lab, pull: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = pull(paged([payment(1)]))
    windows = []

    def pages(task: Pull) -> Iterator[Page]:
        windows.append(task.window)
        yield Page("payments-0001.json", [json.dumps({"type": "list", "items": []}).encode()])

    monkeypatch.setattr(SYSTEMS["yookassa"], "pages", pages)
    close = datetime(2026, 11, 20, 20, tzinfo=UTC)
    for hours in (-1, 0, 10, 24, 100):
        pull_at(monkeypatch, close + timedelta(hours=hours))
        pulling.pull(lab.home, FIRST, again=True)
    assert not server.asked
    assert [(window.end - close, window.changed_until - close) for window in windows] == [
        (timedelta(hours=-1), timedelta(hours=-1)),
        (timedelta(), timedelta()),
        (timedelta(), timedelta(hours=10)),
        (timedelta(), timedelta()),
        (timedelta(), timedelta()),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("since: 2026-11-20", "since: 2026-11-01"),
        ("[provider.payments]", "[provider.payments, provider.refunds]"),
    ],
)
def test_what_is_declared_later_is_read_from_its_beginning(
    lab: Lab, pull: Callable[..., Server], before: str, after: str
) -> None:
    """Nothing of the days that were pulled before has it."""
    server = pull(paged([payment(1)]))
    for day in (FIRST, SECOND):
        pulling.pull(lab.home, day)
    lab.run(SECOND)
    text = lab.home.config_file.read_text().replace(before, after).replace("{system", "{overlap_days: 0, system")
    lab.configure(text)
    assert outcome(lab, THIRD) == "pulled"
    since = {"since: 2026-11-20": "2026-10-31", "[provider.payments]": "2026-11-19"}[before]
    assert {asked.query["created_at.gte"] for asked in server.asked[2:]} == {f"{since}T20:00:00.000Z"}
    assert outcome(lab, SECOND) == "pulled"


def test_a_shorter_answer_leaves_no_page_of_the_longer_one(lab: Lab, pull: Callable[..., Server]) -> None:
    server = pull(paged([payment(number) for number in range(5)]))
    pulling.pull(lab.home, FIRST)
    lab.put("by-hand.json", json.dumps({"type": "list", "items": []}), "shop", FIRST)
    server.script = paged([payment(7)])
    assert outcome(lab, FIRST, again=True) == "pulled"
    found = files(lab, FIRST)
    assert list(found) == ["by-hand.json", "payments-0001.json"] and b"p-7" in found["payments-0001.json"]
    assert [path.name for path in (lab.home.inbox / "shop").iterdir()] == [str(FIRST)]


@pytest.mark.parametrize("is_shown", [False, True])
def test_a_killed_exchange_is_ended(lab: Lab, pull: Callable[..., Server], is_shown: bool) -> None:
    """The old pages lie aside, the new ones are there or not yet."""
    server = pull(paged([payment(number) for number in range(5)]))
    pulling.pull(lab.home, FIRST)
    folder = lab.home.inbox / "shop" / str(FIRST)
    lab.put("by-hand.json", json.dumps({"type": "list", "items": []}), "shop", FIRST)
    folder.rename(folder.with_name(f".{FIRST}.old"))
    if is_shown:
        folder.mkdir()
        (folder / "payments-0001.json").write_text(json.dumps({"type": "list", "items": [payment(7)]}))
    server.script = lambda _: Answer(status=401)
    assert outcome(lab, FIRST, again=True) == "failed"
    pages = ["payments-0001.json"] if is_shown else [f"payments-000{number}.json" for number in (1, 2, 3)]
    assert list(files(lab, FIRST)) == ["by-hand.json", *pages]
    assert [path.name for path in (lab.home.inbox / "shop").iterdir()] == [str(FIRST)]


def test_a_disk_that_fails_stops_one_feed_only(lab: Lab, pull: Callable[..., Server]) -> None:
    pull(paged([payment(1)]))
    text = lab.home.config_file.read_text()
    lab.configure(text + text.partition("feeds:")[2].replace("name: shop", "name: second"))
    lab.home.inbox.mkdir(exist_ok=True)
    (lab.home.inbox / "shop").write_text("a file where a folder belongs")
    first, second = pulling.pull(lab.home, FIRST).feeds
    assert (first.outcome, second.outcome) == ("failed", "pulled")
    assert re.search(r"shop: .*/shop.* cannot be written: .* Free space there, or correct its rights", first.message)
