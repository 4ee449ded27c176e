"""Recording that an extract will never come: an empty canonical one, with who, why and when beside it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

from ingest.contract import contract
from ingest.errors import IngestError
from ingest.feed import Feed
from ingest.inbox_names import WAIVED, is_data
from ingest.landing import read_journal_of
from ingest.settings import Home, feeds


class WaiverError(IngestError):
    """The extract cannot be waived; the message says why."""


def waive(home: Home, feed_name: str, day: date, reason: str, actor: str) -> list[Path]:
    """Write the empty extract of a feed and date into the inbox; it takes effect at the next run.

    One header-only CSV per contract of the feed, and its control sidecar with `rows` 0, the reason, the actor and the
    UTC time; both are kept in landing for good. Returns the CSV files. Raises WaiverError for an unknown feed, an empty
    reason or actor, and a date whose files lie there or landed.
    """
    feed = _feed(home, feed_name)
    for name, value in (("reason", reason), ("actor", actor)):
        if not value.strip():
            raise WaiverError(f"the {name} is empty: a waiver leaves who decided it and why")
    folder = home.inbox / feed.name / day.isoformat()
    if read_journal_of(home, feed.name, day) or (
        folder.is_dir() and any(is_data(path.name) for path in folder.iterdir())
    ):
        raise WaiverError(f"{folder} has files: the extract of {feed.name} for {day} is there, nothing is to be waived")
    folder.mkdir(parents=True, exist_ok=True)
    audit = {"reason": reason.strip(), "actor": actor.strip(), "waived_at": datetime.now(UTC).isoformat()}
    return [_write(folder, name, audit) for name in feed.contracts]


def _feed(home: Home, name: str) -> Feed:
    known = feeds(home)
    if name not in known:
        raise WaiverError(f"there is no feed {name!r}: feeds are named in sverka.yml or after their contract")
    return known[name]


def _write(folder: Path, contract_name: str, audit: dict[str, str]) -> Path:
    """The sidecar first: an extract that is seen at all is seen with its reason."""
    path = folder / f"{contract_name}{WAIVED}"
    sidecar = path.with_name(f"{path.name}.control.json")
    sidecar.write_text(json.dumps({"rows": 0, "waiver": audit}, ensure_ascii=False) + "\n", encoding="utf-8")
    header = ",".join(column.name for column in contract(contract_name).columns)
    scratch = path.with_name(f".{path.name}.tmp")
    scratch.write_text(header + "\n", encoding="utf-8")
    scratch.replace(path)
    return path
