"""Which feeds there are and what lies in the inbox for them: ``inbox/<feed>/<YYYY-MM-DD>/<file>``.

The convention feeds, one per contract, with those of ``sverka.yml`` over them. Reads names only, never contents.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ingest.configuration import read_configuration
from ingest.contract import contracts
from ingest.errors import ConfigurationError
from ingest.feed import Feed
from ingest.home import Home
from ingest.inbox_names import UNFINISHED_SUFFIXES, WAIVED, folder_date, is_data

__all__ = [
    "ConfigurationError",
    "Home",
    "contract_of_file",
    "extract_dates",
    "feeds",
    "first_pull_date",
    "inbox_extracts",
    "latest_extract_date",
    "unknown_inbox_folders",
]

TIMELESS = frozenset({"manual.decisions"})
"""Contracts that are never expected and limit nothing."""


def feeds(home: Home) -> dict[str, Feed]:
    """All feeds by name: those of ``sverka.yml`` first, then the convention feeds, one per contract.

    A declared feed with a contract's name takes the place of the convention feed. Raises ConfigurationError.
    """
    declared = {feed.name: feed for feed in read_configuration(home)}
    convention = {
        name: Feed(name=name, contracts=(name,), source_system=contract.source, timezone=home.timezone)
        for name, contract in contracts().items()
        if name not in declared
    }
    return declared | convention


def contract_of_file(feed: Feed, file_name: str) -> str | None:
    """The contract a canonical file holds: the feed's only one, else the one its name starts with.

    None when the name does not say, and for native formats, which know by themselves.
    A waiver (``<contract>.waived.csv``) is canonical in every feed.
    """
    waived = file_name.removesuffix(WAIVED)
    if waived != file_name and waived in feed.contracts:
        return waived
    if not feed.is_canonical:
        return None
    if len(feed.contracts) == 1:
        return feed.contracts[0]
    named = [name for name in feed.contracts if file_name.lower().startswith(f"{name}.")]
    return max(named, key=len) if named else None


def inbox_extracts(home: Home) -> Iterator[tuple[str, date, list[Path]]]:
    """(feed, extract date, its data files in name order) of the known feeds, by feed and date. Empty ones too."""
    for name in sorted(feeds(home)):
        dated = [(folder_date(folder.name), folder) for folder in _folders(home.inbox / name)]
        for extract_date, folder in sorted((day, path) for day, path in dated if day is not None):
            files = [path for path in _entries(folder) if is_data(path.name) and path.is_file()]
            yield name, extract_date, files


def extract_dates(home: Home) -> list[date]:
    """Every date with a data file in the inbox or in the landing journal, oldest first.

    Feeds of decisions alone are left out: a decision is never expected, and its date is no day of business.
    """
    timeless = {feed.name for feed in feeds(home).values() if set(feed.contracts) <= TIMELESS}
    waiting = {extract_date for name, extract_date, files in inbox_extracts(home) if files and name not in timeless}
    landed = {
        day
        for feed in _folders(home.landing / "journal")
        if feed.name not in timeless
        for folder in _folders(feed)
        if (day := folder_date(folder.name)) is not None
    }
    return sorted(waiting | landed)


def latest_extract_date(home: Home, until: date | None = None) -> date | None:
    """The latest extract date, not after ``until`` when given; None when there is no extract."""
    return max((day for day in extract_dates(home) if until is None or day <= until), default=None)


def first_pull_date(home: Home) -> date | None:
    """The earliest ``since`` of the feeds that are pulled: from that date on a run needs no extract in the inbox."""
    return min((feed.pull.since for feed in feeds(home).values() if feed.pull is not None), default=None)


def unknown_inbox_folders(home: Home) -> list[str]:
    """What in the inbox is never read, relative to it: folders of no feed, wrongly named date folders, stray files."""
    known = feeds(home)
    strays = []
    for entry in _entries(home.inbox):
        if _is_ignored(entry.name):
            continue
        if entry.name not in known or not entry.is_dir():
            strays.append(entry.name)
            continue
        strays.extend(
            f"{entry.name}/{inner.name}"
            for inner in _entries(entry)
            if not _is_ignored(inner.name) and (folder_date(inner.name) is None or not inner.is_dir())
        )
    return strays


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(UNFINISHED_SUFFIXES)


def _entries(folder: Path) -> list[Path]:
    """The folder's entries in name order; none when it is not there (any more)."""
    try:
        return sorted(folder.iterdir(), key=lambda path: path.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _folders(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_dir()]
