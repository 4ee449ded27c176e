"""Landing: verbatim copies under their SHA-256 and a journal of what landed when; both only ever grow.

``landing/objects/<aa>/<sha256>`` holds bytes once, ``landing/journal/<feed>/<YYYY-MM-DD>/<delivery>.json`` one entry
per landed file. Everything appears under its final name complete or not at all, so a kill at any point loses nothing:
an object without an entry is used by the next run.
"""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from ingest.home import Home
from ingest.inbox_names import CONTROL_SUFFIX, folder_date
from ingest.settings import inbox_extracts, unknown_inbox_folders

CHUNK = 1 << 20
SETTLED_NS = 2_000_000_000
"""A file changed less than this before it landed is hashed again: its time stamp alone could hide a change."""


@dataclass(frozen=True)
class Entry:
    """One landed file. ``delivery`` numbers the files of a feed and date from 1 in order of landing."""

    feed: str
    extract_date: date
    delivery: int
    name: str
    sha256: str
    size: int
    control_sha256: str | None
    landed_at: str
    modified_ns: int = 0


@dataclass
class LandingReport:
    """What a landing did. ``problems`` are sentences for people; the run goes on after each."""

    landed: list[Entry] = field(default_factory=list)
    already_landed: int = 0
    problems: list[str] = field(default_factory=list)
    later_dates: list[date] = field(default_factory=list)
    unknown_folders: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line for people."""
        text = f"{len(self.landed)} files landed, {self.already_landed} already landed"
        return (
            text if self.landed or self.already_landed else "nothing to land: the inbox has no extract up to this date"
        )


def land_files(home: Home, as_of: date, progress: Callable[[str], None] | None = None) -> LandingReport:
    """Copy what the inbox has for dates up to ``as_of`` and is not landed yet. Raises ConfigurationError, OSError."""
    _remove_unfinished(home)
    report = LandingReport(unknown_folders=unknown_inbox_folders(home))
    for feed, extract_date, files in inbox_extracts(home):
        if extract_date > as_of:
            if files and extract_date not in report.later_dates:
                report.later_dates.append(extract_date)
            continue
        known = read_journal_of(home, feed, extract_date) if files else []
        for path in files:
            try:
                entry = _land_file(home, feed, extract_date, path, known)
            except OSError as error:
                report.problems.append(
                    f"{path.relative_to(home.inbox)} could not be read ({error.strerror or error}); "
                    "the run goes on without it, the next run picks it up."
                )
                continue
            if entry is None:
                report.already_landed += 1
                continue
            known.append(entry)
            report.landed.append(entry)
            if progress:
                progress(f"landed {feed}/{extract_date}/{entry.name}")
    return report


def read_journal(home: Home, as_of: date) -> list[Entry]:
    """All entries with extract dates up to ``as_of``, by date, feed and delivery."""
    root = home.landing / "journal"
    entries: list[Entry] = []
    for feed in sorted(path.name for path in root.iterdir()) if root.is_dir() else []:
        for folder in (root / feed).iterdir():
            day = folder_date(folder.name)
            if day is not None and day <= as_of:
                entries.extend(read_journal_of(home, feed, day))
    return sorted(entries, key=lambda entry: (entry.extract_date, entry.feed, entry.delivery))


def read_journal_of(home: Home, feed: str, extract_date: date) -> list[Entry]:
    """The entries of one feed and date in order of delivery."""
    folder = _journal_folder(home, feed, extract_date)
    if not folder.is_dir():
        return []
    entries = []
    for path in folder.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        entries.append(Entry(feed=feed, extract_date=extract_date, delivery=int(path.stem), **content))
    return sorted(entries, key=lambda entry: entry.delivery)


def _land_file(home: Home, feed: str, extract_date: date, path: Path, known: list[Entry]) -> Entry | None:
    """Land one file, or None when the journal's last word on its name already has these bytes and this sidecar."""
    before = path.stat()
    last = next((entry for entry in reversed(known) if entry.name == path.name), None)
    control = _store_control(home, path)
    if last and control == last.control_sha256 and _is_unchanged(last, before):
        return None
    with path.open("rb") as stream:
        sha256, size = store(home, stream)
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise OSError(0, "it changed while it was read")
    if last and (last.sha256, last.control_sha256) == (sha256, control):
        return None
    entry = Entry(
        feed=feed,
        extract_date=extract_date,
        delivery=max((entry.delivery for entry in known), default=0) + 1,
        name=path.name,
        sha256=sha256,
        size=size,
        control_sha256=control,
        landed_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        modified_ns=before.st_mtime_ns,
    )
    _write_entry(home, entry)
    return entry


def _is_unchanged(last: Entry, status: os.stat_result) -> bool:
    landed_ns = int(datetime.fromisoformat(last.landed_at).timestamp() * 1_000_000_000)
    same = (status.st_size, status.st_mtime_ns) == (last.size, last.modified_ns)
    return same and status.st_mtime_ns + SETTLED_NS < landed_ns


def _store_control(home: Home, path: Path) -> str | None:
    try:
        with path.with_name(path.name + CONTROL_SUFFIX).open("rb") as stream:
            return store(home, stream)[0]
    except FileNotFoundError:
        return None


def store(home: Home, stream: BinaryIO) -> tuple[str, int]:
    """Copy a stream into the objects; returns (SHA-256, bytes). Reads once, in constant memory."""
    folder = home.landing / "objects"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{uuid4().hex}.tmp"
    digest, size = hashlib.sha256(), 0
    try:
        with unfinished.open("wb") as copy:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
                size += len(chunk)
        target = home.landed(digest.hexdigest())
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _remove_unfinished(home: Home) -> None:
    """What a killed run left half-written; only one run lands at a time."""
    for path in (home.landing / "objects").glob(".*.tmp"):
        path.unlink(missing_ok=True)


def _journal_folder(home: Home, feed: str, extract_date: date) -> Path:
    return home.landing / "journal" / feed / extract_date.isoformat()


def _write_entry(home: Home, entry: Entry) -> None:
    folder = _journal_folder(home, entry.feed, entry.extract_date)
    folder.mkdir(parents=True, exist_ok=True)
    content = {key: value for key, value in asdict(entry).items() if key not in ("feed", "extract_date", "delivery")}
    unfinished = folder / f".{entry.delivery}.tmp"
    unfinished.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(folder / f"{entry.delivery}.json")
