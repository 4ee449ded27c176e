"""What the tests of single systems have in common: pull a day, see what is in the inbox, load it."""

import base64
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import pytest

from ingest.configuration import read_configuration
from ingest.fetch import pulling
from ingest.fetch.pulling import Pulled
from ingest.formats import FORMATS
from ingest.formats.base import FormatOptions, Reject, Row
from tests.ingest.lab import Lab

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)
MORNING = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
"""When the daily job pulls the first day."""


def pull(lab: Lab, day: date = FIRST) -> Pulled:
    """Pull the only feed of the home."""
    (pulled,) = pulling.pull(lab.home, day).feeds
    return pulled


def pull_at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let every pull of the test begin at the moment."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return moment.astimezone(tz)

    monkeypatch.setattr(pulling, "datetime", Clock)


def files(lab: Lab, day: date = FIRST) -> list[str]:
    """The names of what was pulled."""
    return sorted(path.name for path in lab.home.inbox.glob(f"*/{day}/*"))


def pulled_and_loaded(lab: Lab, day: date = FIRST) -> list[tuple[str, str, str | None]]:
    """The load log after a pull that succeeds."""
    pulled = pull(lab, day)
    assert pulled.outcome == "pulled", pulled.message
    lab.run(day)
    return lab.log()


def read(lab: Lab, day: date = FIRST) -> list[Row | Reject]:
    """What the format of the only feed makes of the pulled files; it refuses none."""
    (feed,) = read_configuration(lab.home)
    found: list[Row | Reject] = []
    for path in sorted(lab.home.inbox.glob(f"*/{day}/*")):
        options = FormatOptions(path.name, feed.timezone, contracts=feed.contracts, options=feed.options)
        with path.open("rb") as stream:
            found += FORMATS[feed.format].parse(stream, options)
    return found


def failure(lab: Lab, day: date = FIRST) -> str:
    """What is said about a pull that fails; it leaves nothing."""
    pulled = pull(lab, day)
    assert (pulled.outcome, files(lab, day)) == ("failed", [])
    return pulled.message or ""


def basic(user: str, password: str) -> str:
    """The header of HTTP Basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def part(records: list[Any], at: int, size: int) -> list[Any]:
    """One page of records."""
    return records[at : at + size]
