"""Where state lives and which feeds there are: ``SVERKA_HOME`` and the convention feeds with ``sverka.yml`` over them."""

import os
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ingest.contract import contracts
from ingest.errors import ConfigurationError

__all__ = ["CANONICAL", "ConfigurationError", "Feed", "Home", "contract_of_file", "feeds"]

CANONICAL = "canonical"
DEFAULT_HOME = "./data"
DEFAULT_TIMEZONE = "Asia/Yerevan"
WAIVED = ".waived.csv"
"""Ending of the empty canonical extract that ``sverka waive`` writes, whatever the feed's format."""


@dataclass(frozen=True)
class Home:
    """The folder that holds all state, and the business time zone."""

    path: Path
    timezone: str = DEFAULT_TIMEZONE

    @classmethod
    def from_environment(cls) -> "Home":
        """SVERKA_HOME and SVERKA_TIMEZONE, else the defaults. Raises ConfigurationError for an unknown zone."""
        timezone = os.environ.get("SVERKA_TIMEZONE") or DEFAULT_TIMEZONE
        if not is_timezone(timezone):
            raise ConfigurationError(
                f"SVERKA_TIMEZONE is {timezone!r}, which is no time zone. Use an IANA name such as {DEFAULT_TIMEZONE}."
            )
        return cls(Path(os.environ.get("SVERKA_HOME") or DEFAULT_HOME).absolute(), timezone)

    @property
    def config_file(self) -> Path:
        """``sverka.yml``; need not exist."""
        return self.path / "sverka.yml"

    @property
    def inbox(self) -> Path:
        """What the systems drop: ``<feed>/<YYYY-MM-DD>/*``."""
        return self.path / "inbox"

    @property
    def landing(self) -> Path:
        """Verbatim copies and the journal of what landed."""
        return self.path / "landing"

    @property
    def lake(self) -> Path:
        """Typed rows as Parquet, one file per extract file and contract."""
        return self.path / "lake"

    @property
    def warehouse(self) -> Path:
        """The working database."""
        return self.path / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The folder of what analysts open."""
        return self.path / "published"

    @property
    def published_database(self) -> Path:
        """What analysts open."""
        return self.published / "sverka.duckdb"

    @property
    def reports(self) -> Path:
        """``<YYYY-MM-DD>/``: what finance takes away."""
        return self.path / "reports"

    @property
    def dagster(self) -> Path:
        """The instance folder of Dagster."""
        return self.path / "dagster"


@dataclass(frozen=True)
class Feed:
    """One stream of extracts. ``contracts`` are what its files hold; ``encoding`` is None when not declared."""

    name: str
    contracts: tuple[str, ...]
    source_system: str
    timezone: str
    format: str = CANONICAL
    encoding: str | None = None
    decimal_comma: bool = False
    expected: str | None = None
    until: date | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    is_declared: bool = False

    @property
    def is_canonical(self) -> bool:
        """Whether its files already have the contract's columns."""
        return self.format == CANONICAL


def is_timezone(name: str) -> bool:
    """Whether the name is a zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def feeds(home: Home) -> dict[str, Feed]:
    """All feeds by name: those of ``sverka.yml`` first, then the convention feeds, one per contract.

    A declared feed with a contract's name takes the place of the convention feed. Raises ConfigurationError.
    """
    from ingest.configuration import read_configuration

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
