"""Where state lives: the folder ``SVERKA_HOME`` and the business time zone ``SVERKA_TIMEZONE``."""

import os
import zoneinfo
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import ConfigurationError

DEFAULT_HOME = "./data"
DEFAULT_TIMEZONE = "Asia/Yerevan"


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
    def pulls(self) -> Path:
        """``<feed>/<YYYY-MM-DD>.json``: which windows were pulled from the live systems."""
        return self.path / "pulls"

    @property
    def landing(self) -> Path:
        """Verbatim copies and the journal of what landed."""
        return self.path / "landing"

    def landed(self, sha256: str) -> Path:
        """Where the landed bytes of that hash lie."""
        return self.landing / "objects" / sha256[:2] / sha256

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
    def replays(self) -> Path:
        """``<YYYY-MM-DD>.duckdb``: past dates rebuilt."""
        return self.path / "replays"

    @property
    def dagster(self) -> Path:
        """The instance folder of Dagster."""
        return self.path / "dagster"


def is_timezone(name: str) -> bool:
    """Whether the name is a zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
