"""`sverka check` of a feed that is pulled: one page of the live system, when nothing of it lies in the inbox."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.check import Checked, check
from ingest.cli import main
from tests.fetch.server import Answer, Server
from tests.fetch.test_pulling import CONFIGURATION, FIRST, paged, payment
from tests.ingest.lab import Lab


@pytest.fixture
def server(lab: Lab, serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("YOOKASSA_KEY", "key")
    started = serve(paged([payment(number) for number in range(5)]))
    lab.configure(CONFIGURATION.format(url=started.url))
    return started


def checked(lab: Lab) -> Checked:
    (found,) = check(lab.home).feeds
    return found


def test_one_page_is_tried_and_the_home_stays_as_it_was(lab: Lab, server: Server) -> None:
    before = sorted(lab.home.path.rglob("*"))
    found = checked(lab)
    assert found.is_pulled and found.is_readable
    assert [(file.name, file.outcome) for file in found.files] == [("payments-0001.json", "loaded")]
    assert found.contracts[0].rows_accepted == 2
    assert len(server.asked) == 1
    assert sorted(lab.home.path.rglob("*")) == before


def test_what_lies_in_the_inbox_comes_first(lab: Lab, server: Server) -> None:
    lab.put("a.json", json.dumps({"type": "list", "items": [payment(1)]}), "shop", FIRST)
    assert not checked(lab).is_pulled
    assert server.asked == []


def test_a_system_that_refuses_is_a_feed_that_cannot_be_read(lab: Lab, server: Server) -> None:
    server.script = lambda _: Answer(status=401)
    found = checked(lab)
    assert not found.is_readable
    assert "refuses the credentials (HTTP 401). They stand in env:YOOKASSA_KEY" in (found.pull_error or "")


def test_the_command_says_it(lab: Lab, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SVERKA_HOME", str(lab.home.path))
    told = CliRunner().invoke(main, ["check", "--feed", "shop"])
    assert told.exit_code == 0
    assert "sample: the first pages of the live system: payments-0001.json" in told.output
    server.script = lambda _: Answer(status=500)
    told = CliRunner().invoke(main, ["check"])
    assert told.exit_code == 1
    assert "could not be pulled: http://127.0.0.1" in told.output
