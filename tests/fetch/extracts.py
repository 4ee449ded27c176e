"""What tests of a system do with its extracts: pull one, load it, see what became of it."""

import json
from datetime import date
from typing import Any

from ingest.fetch import pulling
from tests.ingest.lab import Lab

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)
"""In the lab's time zone, four hours ahead of UTC."""


def pull(lab: Lab, day: date = FIRST) -> dict[str, Any]:
    """The pages of the pulled extract, by name; fails with what the pull says when it fails."""
    report = pulling.pull(lab.home, day)
    assert report.problems == []
    [feed] = report.feeds
    folder = lab.home.inbox / feed.feed / str(day)
    return {path.name: json.loads(path.read_bytes()) for path in sorted(folder.iterdir())}


def problem(lab: Lab, day: date = FIRST) -> str:
    """What a pull that fails says; nothing of it may be in the inbox."""
    report = pulling.pull(lab.home, day)
    [feed] = report.feeds
    assert feed.outcome == "failed"
    assert not list((lab.home.inbox / feed.feed).glob("*"))
    [text] = report.problems
    return text


def outcomes(lab: Lab, day: date = FIRST) -> set[tuple[str, str]]:
    """Load; (contract, outcome) of the day's files."""
    lab.run(day)
    query = f"select contract, outcome from ops.load_log where extract_date = '{day}'"
    return {(str(contract), outcome) for contract, outcome in lab.query(query)}
