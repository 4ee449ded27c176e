"""The samples that `sverka check` tries: the inbox, a file that is given, or the first pages of a live system."""

import difflib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.errors import ConfigurationError
from ingest.feed import Feed
from ingest.fetch.base import PullError
from ingest.fetch.pulling import pull_sample
from ingest.home import Home
from ingest.inbox_names import CONTROL_SUFFIX, WAIVED, folder_date, is_data
from ingest.settings import inbox_extracts


@dataclass(frozen=True)
class Sample:
    """The files of a feed that are tried. ``extract_date`` is None for a file that was given or pulled."""

    feed: Feed
    extract_date: date | None
    files: tuple[Path, ...] = ()
    is_pulled: bool = False
    pull_error: str | None = None


def chosen_feed(known: dict[str, Feed], feed: str | None, sample: Path | None) -> str | None:
    """The feed that is meant, None when all are. Raises ConfigurationError."""
    if feed is not None and feed not in known:
        close = difflib.get_close_matches(feed, known, n=1)
        hint = f", did you mean {close[0]!r}?" if close else "."
        raise ConfigurationError(f"there is no feed {feed!r}{hint} Declare it in sverka.yml, or name a contract.")
    if sample is None or feed is not None:
        return feed
    declared = [name for name, item in known.items() if item.is_declared]
    if len(declared) != 1:
        raise ConfigurationError("say with --feed which feed the sample is of.")
    return declared[0]


def given_sample(feed: Feed, path: Path) -> Sample:
    """A file, wherever it lies. Raises ConfigurationError for one that would never be read."""
    if not is_data(path.name):
        raise ConfigurationError(f"{path.name}: files of such a name are never read. Rename it.")
    return Sample(feed, None, (path,))


def inbox_samples(home: Home, known: dict[str, Feed]) -> dict[str, Sample]:
    """The latest extract of each feed that has one; waivers are no samples."""
    found: dict[str, Sample] = {}
    for name, day, files in inbox_extracts(home):
        real = tuple(path for path in files if not path.name.endswith(WAIVED))
        if real:
            found[name] = Sample(known[name], day, real)
    return found


def pulled_sample(home: Home, feed: Feed, folder: Path) -> Sample:
    """The first page that each listing of the feed's system answers."""
    try:
        return Sample(feed, None, tuple(pull_sample(home, feed, folder)), is_pulled=True)
    except PullError as error:
        return Sample(feed, None, is_pulled=True, pull_error=str(error))


def show_samples(home: Home, scratch: Home, samples: dict[str, Sample]) -> None:
    """Show the samples, their sidecars and ``sverka.yml`` to the scratch home."""
    scratch.path.mkdir()
    if home.config_file.exists():
        scratch.config_file.symlink_to(home.config_file.absolute())
    for name, sample in samples.items():
        for path in sample.files:
            day = sample.extract_date or folder_date(path.absolute().parent.name) or date.today()
            folder = scratch.inbox / name / day.isoformat()
            folder.mkdir(parents=True, exist_ok=True)
            for source in (path, path.with_name(path.name + CONTROL_SUFFIX)):
                if source.is_file():
                    (folder / source.name).symlink_to(source.absolute())
