"""`sverka pull`: one extract of each declared feed, from its live system into the inbox.

An extract appears in the inbox when all of its pages are there: a pull that fails or is killed leaves nothing that
could be taken for one, and is simply done again.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from ingest.errors import ConfigurationError, IngestError
from ingest.feed import Feed
from ingest.fetch import SYSTEMS
from ingest.fetch.base import Page, Pull, PullError, Window
from ingest.fetch.records import PulledFile, Record, cursor, end_of, loaded_records, read_record, write_record
from ingest.home import Home
from ingest.inbox_names import CONTROL_SUFFIX, is_data
from ingest.settings import feeds

Progress = Callable[[str], None]

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
        try:
            report.feeds.append(pull_feed(home, feed, day, again, progress))
        except IngestError as error:
            report.feeds.append(Pulled(feed.name, day, "failed", message=f"{feed.name}: {error}"))
    return report


def pull_feed(home: Home, feed: Feed, day: date, again: bool = False, progress: Progress | None = None) -> Pulled:
    """Pull one feed for the date. Raises PullError, WarehouseBusyError; then the inbox is as it was."""
    known, loaded = read_record(home, feed.name, day), loaded_records(home, feed.name)
    inbox = home.inbox / feed.name
    if known is not None and known.is_whole and not again and (day in loaded or _is_waiting(inbox, known)):
        return Pulled(feed.name, day, "already_pulled", len(known.files))
    earlier = [record for date_, record in loaded.items() if date_ < day]
    window = _window(home, feed, day, cursor(earlier))
    scratch = inbox / f".{day}.part"
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        task = Pull(home, feed, window, progress=lambda text: progress(f"{feed.name}: {text}") if progress else None)
        files = [write_page(scratch, page) for page in _pages(task)]
        system = SYSTEMS[task.source.system]
        if system.IS_DROP and not system.is_dated(task.settings):
            files = _new_files(scratch, files, earlier)
        if not files:
            return Pulled(feed.name, day, "nothing", message=f"{feed.name}: nothing is there for {day} yet.")
        _show(scratch, inbox / day.isoformat())
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    is_whole = window.end == _close(home, feed, day)
    data = tuple(item for item in files if is_data(item.name))
    write_record(home, feed.name, Record(window, data, is_whole))
    return Pulled(feed.name, day, "pulled", len(files), sum(item.size for item in files))


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
    end = min(_close(home, feed, day), datetime.now(UTC))
    if start >= end:
        raise PullError(f"{day} lies before {feed.pull.since}, the `since` of its pull in sverka.yml.")
    return Window(day, start, end)


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
        raise PullError(task.without_secrets(f"could not be read: {error.strerror or error}")) from None
    except MemoryError:
        raise
    except Exception as error:
        what = task.without_secrets(f"{type(error).__name__}: {error}")
        raise PullError(
            f"the pull from {task.source.system} failed on what it was answered ({what}). Report it: it should have "
            "been refused with a reason."
        ) from None


def write_page(folder: Path, page: Page) -> PulledFile:
    """Write a page under a temporary name, then its own. Raises PullError when there is one of that name already."""
    path = folder / page.name
    if path.exists():
        raise PullError(f"two pages are named {page.name}.")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{page.name}.part"
    digest, size = hashlib.sha256(), 0
    with unfinished.open("wb") as stream:
        for chunk in page.chunks:
            digest.update(chunk)
            size += len(chunk)
            stream.write(chunk)
    unfinished.replace(path)
    return PulledFile(page.name, digest.hexdigest(), size)


def _is_waiting(inbox: Path, record: Record) -> bool:
    """Whether the pulled files lie in the inbox."""
    return all((inbox / record.window.day.isoformat() / item.name).exists() for item in record.files)


def _new_files(folder: Path, files: list[PulledFile], earlier: Sequence[Record]) -> list[PulledFile]:
    """Without what an earlier extract has already, found again by the overlap; such go, with their sidecars."""
    taken = {(item.name, item.sha256) for record in earlier for item in record.files}
    new = {item.name for item in files if is_data(item.name) and (item.name, item.sha256) not in taken}
    kept = [item for item in files if item.name.removesuffix(CONTROL_SUFFIX) in new]
    for item in files:
        if item not in kept:
            (folder / item.name).unlink()
    return kept


def _show(scratch: Path, folder: Path) -> None:
    """Put the pages into the inbox: at once, or one by one where the date has files already."""
    try:
        scratch.rename(folder)
    except OSError:
        folder.mkdir(exist_ok=True)
        for path in sorted(scratch.iterdir()):
            path.replace(folder / path.name)
