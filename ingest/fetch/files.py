"""A folder into which others put files: on the local disk, on an SFTP server, in S3-compatible storage.

Files are copied verbatim, under their own names. Which ones: those of the extract's date when the address has
``{date}`` in it, else those modified within the window. A day's files come after it is over, so its window ends at the
cut-off of the next morning. Patterns are of one name: ``*`` crosses no ``/``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.file_systems import SETTINGS, Place, check_settings, opened, read_place, told
from ingest.formats import NAMES
from ingest.formats.base import OptionFault
from ingest.inbox_names import CONTROL_SUFFIX, is_data

FORMATS = ("canonical", *NAMES)
NEEDS = ("url",)
TAKES = ("cut_off_hours", *(key for keys in SETTINGS.values() for key in keys))
SECRETS = ("password", "secret_key")
OVERLAP_DAYS = 7
IS_DROP = True

CUT_OFF_HOURS = 6
"""After the end of a date: what arrives until then still counts for it."""
CHUNK = 1 << 20
SAMPLE_FILES = 5
"""The newest ones."""


@dataclass(frozen=True)
class File:
    """A file that may be taken; ``has_sidecar``: its control file lies beside it."""

    path: str
    name: str
    modified: datetime
    has_sidecar: bool


def check(contracts: tuple[str, ...], settings: Mapping[str, object]) -> None:
    """Raises OptionFault for an address that is none, or keys that do not go with it."""
    hours = settings.get("cut_off_hours", CUT_OFF_HOURS)
    if not isinstance(hours, int) or isinstance(hours, bool) or not 0 <= hours < 24:
        raise OptionFault(("cut_off_hours",), f"must be a number of hours from 0 to 23, not {hours!r}.", under="pull")
    place = read_place(settings["url"])
    check_settings(place, {key: value for key, value in settings.items() if key != "cut_off_hours"})
    try:
        _of(place.path, date(2026, 11, 20))
    except (LookupError, ValueError, AttributeError, TypeError):
        message = "has braces that are no date: write {date}, or {date:%Y%m%d} for another form of it."
        raise OptionFault(("url",), message, under="pull") from None


def is_dated(settings: Mapping[str, object]) -> bool:
    """Whether the address says the date of its files."""
    return "{" in str(settings["url"])


def cut_off(settings: Mapping[str, object]) -> timedelta:
    """How long after the end of a date its files may come."""
    return timedelta(hours=int(str(settings.get("cut_off_hours", CUT_OFF_HOURS))))


def pages(pull: Pull) -> Iterator[Page]:
    """Each file, and after it its control sidecar if it has one."""
    place = read_place(pull.settings["url"])
    system = opened(pull, place)
    with told(pull, place):
        chosen = _chosen(pull, place, system)
    _refuse_namesakes(place, chosen)
    for file in chosen:
        pull.progress(file.name)
        yield Page(file.name, _chunks(pull, place, system, file.path))
        if file.has_sidecar:
            yield Page(file.name + CONTROL_SUFFIX, _chunks(pull, place, system, file.path + CONTROL_SUFFIX))


def _of(path: str, day: date) -> str:
    return path.format(date=day) if "{" in path or "}" in path else path


def _chosen(pull: Pull, place: Place, system: Any) -> list[File]:
    """By name. A sample is of the newest files, of the latest date that has any."""
    window = pull.window
    if not pull.is_sample:
        found = list(_files(place, system, window.day))
        inside = [file for file in found if is_dated(pull.settings) or window.start <= file.modified < window.end]
        return sorted(inside, key=lambda file: (file.name, file.path))
    days = (window.end - window.start).days if is_dated(pull.settings) else 0
    dated = (list(_files(place, system, window.day - timedelta(days=back))) for back in range(days + 1))
    found = next((files for files in dated if files), [])
    return sorted(found, key=lambda file: (file.modified, file.name))[-SAMPLE_FILES:]


def _files(place: Place, system: Any, day: date) -> Iterator[File]:
    """The files of the address on a date, whenever they were modified."""
    root, *parts = _of(place.path, day).split("/")  # the root: nothing, or the bucket
    yield from _matching(place, system, root, parts)


def _matching(place: Place, system: Any, folder: str, parts: list[str]) -> Iterator[File]:
    part, *rest = parts
    if rest and not set("*?[").intersection(part):
        yield from _matching(place, system, f"{folder}/{part}", rest)
        return
    entries = {entry["name"].rstrip("/").rpartition("/")[2]: entry for entry in _listed(place, system, folder)}
    for name, entry in entries.items():
        if not is_data(name) or not fnmatchcase(name, part):
            continue
        path = f"{folder}/{name}"
        followed = _followed(system, path, entry)
        if rest and followed["type"] == "directory":
            yield from _matching(place, system, path, rest)
        elif not rest and followed["type"] == "file":
            yield File(path, name, _modified(followed), name + CONTROL_SUFFIX in entries)


def _followed(system: Any, path: str, entry: dict[str, Any]) -> dict[str, Any]:
    """What a link leads to, itself when it leads nowhere; any other entry as it is."""
    if entry["type"] in ("file", "directory"):
        return entry
    try:
        return dict(system.info(path))
    except FileNotFoundError:
        return entry


def _listed(place: Place, system: Any, folder: str) -> list[dict[str, Any]]:
    """What a folder has. One that is not there has nothing where that is no fault: of a date, or in S3, which has none.

    Raises PullError for any other, and for a bucket that is not there.
    """
    try:
        return list(system.ls(folder or "/", detail=True))
    except FileNotFoundError as error:
        answer = getattr(error.__cause__, "response", {})
        is_no_bucket = answer.get("Error", {}).get("Code") == "NoSuchBucket"
        if is_no_bucket or (place.protocol != "s3" and "{" not in place.path.rpartition("/")[0]):
            what = "bucket" if is_no_bucket else "folder"
            raise PullError(f"the {what} {place.shown(folder)} is not there. Correct the `url`.") from None
        return []


def _modified(entry: Mapping[str, Any]) -> datetime:
    """When a file was last modified; local ones say it in seconds."""
    moment = entry["LastModified"] if "LastModified" in entry else entry["mtime"]
    return moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)


def _refuse_namesakes(place: Place, files: list[File]) -> None:
    """The inbox has one file of a name. Raises PullError."""
    seen: dict[str, str] = {}
    for file in files:
        if file.name in seen:
            both = " and ".join(place.shown(path) for path in (seen[file.name], file.path))
            raise PullError(f"two files have the same name: {both}. Declare a feed for each folder, or rename one.")
        seen[file.name] = file.path


def _chunks(pull: Pull, place: Place, system: Any, path: str) -> Iterator[bytes]:
    """The bytes of a file. Raises PullError when it is another file after reading than before."""
    with told(pull, place):
        before, size = _state(system, path), 0
        with system.open(path, "rb") as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                yield chunk
        if (size, before) != (before[0], _state(system, path)):
            raise PullError(
                f"{place.shown(path)} changes while it is read. Pull again when it is whole; its sender should write "
                "it under a name that ends with .part, and rename it then."
            )


def _state(system: Any, path: str) -> tuple[int, datetime]:
    entry = system.info(path)
    return entry["size"], _modified(entry)
