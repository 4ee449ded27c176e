"""What the systems share: what they are asked, what they give, how they fail.

A system is a module with

- ``FORMATS``: the formats of a feed that can read its answers,
- ``NEEDS``, ``TAKES``: the keys that its ``pull`` in sverka.yml must and may have,
- ``SECRETS``: those of them whose value stands elsewhere, as ``env:NAME`` or ``file:PATH``,
- ``OVERLAP_DAYS``: how far each window reaches back into the one before it, unless ``overlap_days`` says otherwise: far
  enough that what changes late is read again,
- ``IS_DROP``: whether it is a folder of files that others made; one that an earlier extract has is not taken again,
  unless ``is_dated(settings)`` says that its files are those of a date, which is then looked at again while it has
  none; and ``cut_off(settings)`` says how long after the end of a date its files may come: such a module has both
  functions,
- ``pages(pull)``: the pages of the window, each once, in a stable order,
- optionally ``check(contracts, settings)``: raises OptionFault for settings that cannot be.

Everything heavy is imported when pages are asked for.
"""

import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from ingest.errors import IngestError
from ingest.feed import Feed, PullSource
from ingest.home import Home

SECRET_PLACES = ("env:", "file:")


def is_secret_place(value: object) -> bool:
    """Whether it says where a value stands, ``env:NAME`` or ``file:PATH``. ``file://`` is an address."""
    return str(value).startswith(SECRET_PLACES) and not str(value).startswith("file://")


class PullError(IngestError):
    """A feed could not be pulled; nothing of it is in the inbox. The message says what to do and names no secret."""


@dataclass(frozen=True)
class Page:
    """One file of the extract. ``name`` is unique in it, ``chunks`` are its bytes, read once."""

    name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True)
class Window:
    """What to read: changes from ``start`` (inclusive) to ``end`` (exclusive), UTC, for the extract of ``day``.

    ``asked_until``: the moment of a pull that soon follows the end. A record that changed after the end and before that
    moment no longer says that it changed earlier; one that changes every night would never be seen.
    """

    day: date
    start: datetime
    end: datetime
    asked_until: datetime | None = None

    @property
    def changed_until(self) -> datetime:
        """Up to where (exclusive) a system is asked that only tells when a record last changed."""
        return self.asked_until or self.end


@dataclass(frozen=True)
class Pull:
    """One feed and date to pull. ``is_sample``: the first page of each listing is enough.

    ``learned``: secrets that a system is told while it is pulled, such as a token; no message shows them either.
    """

    home: Home
    feed: Feed
    window: Window
    is_sample: bool = False
    progress: Callable[[str], None] = field(default=lambda text: None)
    learned: list[str] = field(default_factory=list, repr=False)

    @property
    def source(self) -> PullSource:
        """The feed's ``pull`` in sverka.yml."""
        assert self.feed.pull is not None
        return self.feed.pull

    @property
    def settings(self) -> Mapping[str, object]:
        """The keys of ``pull`` that are the system's own, as written there."""
        return self.source.settings

    def text(self, key: str, default: str = "") -> str:
        """A setting as text, from where it stands. Raises PullError when its place is empty."""
        value = self.settings.get(key)
        return default if value is None else read_secret(str(value), key)

    def secret_names(self) -> str:
        """The places of the feed's secrets, for messages."""
        places = [str(value) for value in self.settings.values() if is_secret_place(value)]
        return ", ".join(places) or "none are declared"

    def without_secrets(self, message: str) -> str:
        """The message, with every value that stands elsewhere masked, and what was learned."""
        declared = [self.text(key) for key, value in self.settings.items() if is_secret_place(value)]
        known = {secret.strip() for secret in (*declared, *self.learned)}
        # Some libraries quote what they were given, as Python writes it.
        written = known | {repr(secret)[1:-1] for secret in known} | {repr(secret.encode())[2:-1] for secret in known}
        for secret in sorted(filter(None, written), key=len, reverse=True):
            message = message.replace(secret, "***")
        return message


def read_secret(value: str, what: str) -> str:
    """The text itself, or what stands at ``env:NAME`` or ``file:PATH``: one line. Raises PullError for none."""
    place, _, name = value.partition(":")
    if not is_secret_place(value):
        return value
    if place == "env":
        found = os.environ.get(name, "").strip()
        if not found:
            raise PullError(f"{what} stands in the environment variable {name}, which is not set.")
    else:
        try:
            found = Path(name).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise PullError(f"{what} stands in the file {name}, which cannot be read: {error}.") from error
        if not found:
            raise PullError(f"{what} stands in the file {name}, which is empty.")
    if any(unicodedata.category(letter) == "Cc" for letter in found):
        raise PullError(f"{what} stands in {value} with a line break or another control character in it.")
    return found
