"""`sverka pull`: one extract of each declared feed, from its live system into the inbox.

An extract appears in the inbox when all of its pages are there, in the place of what an earlier pull of its date put
there: a pull that fails or is killed leaves nothing that could be taken for one, and is simply done again.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ingest.errors import ConfigurationError, IngestError
from ingest.feed import Feed
from ingest.fetch import SYSTEMS
from ingest.fetch.base import Page, Pull, PullError, Window
from ingest.fetch.inbox import finish, is_waiting, new_files, show, write_page
from ingest.fetch.records import (
    Record,
    cursor,
    end_of,
    is_loaded,
    loaded_bytes,
    read_records,
    reads_of,
    write_record,
)
from ingest.home import Home
from ingest.inbox_names import is_data
from ingest.settings import feeds

Progress = Callable[[str], None]

DAY = timedelta(days=1)
SAMPLE_DAYS = 30
"""How far back a sample looks for its page."""


@dataclass(frozen=True)
class Pulled:
    """What became of one feed: ``outcome`` is pulled, already_pulled, nothing (no file there yet) or failed."""

    feed: str
    day: date
    outcome: str
    files: int = 0
    bytes: int = 0
    message: str | None = None


@dataclass
class PullReport:
    """What a pull did, feed by feed."""

    feeds: list[Pulled] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Sentences for people; a feed of which nothing came is late, and the run goes on without it."""
        return [item.message for item in self.feeds if item.message]

    @property
    def is_failed(self) -> bool:
        """Whether any feed failed."""
        return any(item.outcome == "failed" for item in self.feeds)


def pulled_feeds(home: Home) -> dict[str, Feed]:
    """The feeds that have a ``pull`` in sverka.yml, by name. Raises ConfigurationError."""
    return {name: feed for name, feed in feeds(home).items() if feed.pull is not None}


def pull(
    home: Home, day: date, name: str | None = None, again: bool = False, progress: Progress | None = None
) -> PullReport:
    """Pull one feed, or all that are declared so, for the date. A failing one is reported and stops no other.

    ``again``: also what was pulled already. Raises ConfigurationError for an unknown feed, one without ``pull``, or a
    date that has not begun.
    """
    chosen = _chosen(home, name)
    if end_of(day - timedelta(days=1), home.timezone) > datetime.now(UTC):
        raise ConfigurationError(f"{day} has not begun yet in {home.timezone}: there is nothing to pull for it.")
    report = PullReport()
    for feed in chosen:
        if feed.until is not None and day > feed.until:
            continue
        found = _tried(home, feed, day, again, progress)
        report.feeds.append(found)
        for earlier in _looked_at_again(feed, day) if found.outcome != "failed" else ():
            late = _tried(home, feed, earlier, False, progress)
            if late.outcome in ("pulled", "failed"):
                report.feeds.append(late)
    return report


def pull_feed(home: Home, feed: Feed, day: date, again: bool = False, progress: Progress | None = None) -> Pulled:
    """Pull one feed for the date. Raises PullError, WarehouseBusyError; then the inbox is as it was."""
    records = read_records(home, feed.name)
    loaded = loaded_bytes(home, feed.name) if records else set()
    known = next((record for record in records if record.window.day == day), None)
    earlier = [record for record in records if record.window.day < day]
    inbox, reads = home.inbox / feed.name, reads_of(feed)
    scratch, folder = inbox / f".{day}.part", inbox / day.isoformat()
    with _writing(inbox):
        shutil.rmtree(scratch, ignore_errors=True)
        finish(folder, known)
    if not again and known is not None and _is_done(inbox, known, reads, loaded):
        return Pulled(feed.name, day, "already_pulled", len(known.files))
    counted = [record for record in earlier if record.reads == reads and is_loaded(record, loaded)]
    window = _window(home, feed, day, cursor(counted))
    try:
        task = Pull(home, feed, window, progress=lambda text: progress(f"{feed.name}: {text}") if progress else None)
        with _writing(inbox):
            files = [write_page(scratch, page) for page in _pages(task)]
            system = SYSTEMS[task.source.system]
            if system.IS_DROP and not system.is_dated(task.settings):
                files = new_files(scratch, files, _taken(earlier, loaded))
            if not files:
                return Pulled(feed.name, day, "nothing", message=f"{feed.name}: nothing is there for {day} yet.")
            show(scratch, folder, known)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    is_whole = window.end == _close(home, feed, day)
    data = tuple(item for item in files if is_data(item.name))
    with _writing(inbox):
        write_record(home, feed.name, Record(window, data, is_whole, reads))
    return Pulled(feed.name, day, "pulled", len(files), sum(item.size for item in files))


def _tried(home: Home, feed: Feed, day: date, again: bool, progress: Progress | None) -> Pulled:
    try:
        return pull_feed(home, feed, day, again, progress)
    except IngestError as error:
        return Pulled(feed.name, day, "failed", message=f"{feed.name}: {error}")


def _looked_at_again(feed: Feed, day: date) -> list[date]:
    """Where an address says the date of its files: the dates of the overlap, whose files may have come since."""
    assert feed.pull is not None
    system = SYSTEMS[feed.pull.system]
    if not system.IS_DROP or not system.is_dated(feed.pull.settings):
        return []
    days = (day - timedelta(days=back) for back in range(feed.pull.overlap_days, 0, -1))
    return [earlier for earlier in days if earlier >= feed.pull.since]


@contextmanager
def _writing(inbox: Path) -> Iterator[None]:
    """What goes wrong with the disk is a failed pull like any other; what is read tells its own faults."""
    try:
        yield
    except OSError as error:
        raise PullError(
            f"{error.filename or inbox} cannot be written: {error.strerror or error}. Free space there, or correct its "
            "rights."
        ) from error


def pull_sample(home: Home, feed: Feed, folder: Path) -> list[Path]:
    """The first page of each listing into a folder; nothing of it is recorded. Raises PullError."""
    now = datetime.now(UTC)
    window = Window(now.date(), now - timedelta(days=SAMPLE_DAYS), now)
    for page in _pages(Pull(home, feed, window, is_sample=True)):
        write_page(folder, page)
    return sorted(path for path in folder.iterdir() if is_data(path.name)) if folder.is_dir() else []


def _chosen(home: Home, name: str | None) -> list[Feed]:
    declared = pulled_feeds(home)
    if name is None:
        return list(declared.values())
    if name not in feeds(home):
        raise ConfigurationError(f"there is no feed {name!r}. Declare it in sverka.yml.")
    if name not in declared:
        raise ConfigurationError(f"the feed {name!r} has no `pull` in sverka.yml: its files are dropped.")
    return [declared[name]]


def _close(home: Home, feed: Feed, day: date) -> datetime:
    """When nothing can be added to the extract of a day any more: its end, of folders the cut-off after it."""
    assert feed.pull is not None
    system = SYSTEMS[feed.pull.system]
    return end_of(day, home.timezone) + (system.cut_off(feed.pull.settings) if system.IS_DROP else timedelta())


def _window(home: Home, feed: Feed, day: date, last: datetime | None) -> Window:
    """From the cursor less the overlap, never before ``since``, until the day closes or now. Raises PullError."""
    assert feed.pull is not None
    since = end_of(feed.pull.since - timedelta(days=1), home.timezone)
    start = since if last is None else max(since, last - timedelta(days=feed.pull.overlap_days))
    close, now = _close(home, feed, day), datetime.now(UTC)
    end = min(close, now)
    if start >= end:
        raise PullError(f"{day} lies before {feed.pull.since}, the `since` of its pull in sverka.yml.")
    return Window(day, start, end, asked_until=now if end <= now < close + DAY else None)


def _pages(task: Pull) -> Iterator[Page]:
    """The system's pages; what it and its libraries raise comes as PullError, without secrets."""
    with _told(task):
        for page in SYSTEMS[task.source.system].pages(task):
            yield Page(page.name, _chunks(task, page))


def _chunks(task: Pull, page: Page) -> Iterator[bytes]:
    with _told(task):
        yield from page.chunks


@contextmanager
def _told(task: Pull) -> Iterator[None]:
    try:
        yield
    except IngestError as error:
        raise PullError(task.without_secrets(str(error))) from None
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or error
        raise PullError(task.without_secrets(f"could not be read: {what}")) from None
    except MemoryError:
        raise
    except Exception as error:
        what = task.without_secrets(f"{type(error).__name__}: {error}")
        raise PullError(
            f"the pull from {task.source.system} failed on what it was answered ({what}). Report it: it should have "
            "been refused with a reason."
        ) from None


def _is_done(inbox: Path, known: Record, reads: str, loaded: Set[tuple[date, str]]) -> bool:
    """Whether the date was pulled as a whole, for what is read now, and its files are loaded or will be."""
    return known.is_whole and known.reads == reads and (is_loaded(known, loaded) or is_waiting(inbox, known))


def _taken(earlier: Sequence[Record], loaded: Set[tuple[date, str]]) -> set[tuple[str, str]]:
    """Name and hash of every file that is in the warehouse, though another of its extract be refused."""
    return {
        (item.name, item.sha256)
        for record in earlier
        for item in record.files
        if (record.window.day, item.sha256) in loaded
    }
