"""A waiver: an extract that will never come is recorded as an empty one, with who decided it and why."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

from ingest.contract import contract
from ingest.errors import IngestError
from ingest.home import Home
from ingest.landing import read_journal_of
from ingest.settings import CONTROL_SUFFIX, WAIVED, feeds, inbox_extracts


def waive(home: Home, feed: str, extract_date: date, reason: str, actor: str) -> list[Path]:
    """Put an empty canonical extract per contract of the feed into the inbox; the next run lands it.

    Reason, actor and time lie in each file's control sidecar, which landing keeps with it.
    Raises IngestError for an unknown feed, an empty reason or actor, or a date that has an extract.
    """
    known = feeds(home)
    if feed not in known:
        raise IngestError(f"There is no feed {feed!r}. Feeds: {', '.join(sorted(known))}.")
    if not reason.strip() or not actor.strip():
        raise IngestError("A waiver needs a reason and an actor.")
    waiting = [
        path for name, day, files in inbox_extracts(home) if (name, day) == (feed, extract_date) for path in files
    ]
    if waiting or read_journal_of(home, feed, extract_date):
        raise IngestError(f"The feed {feed} already has an extract for {extract_date}; there is nothing to waive.")
    folder = home.inbox / feed / extract_date.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    decision = {"reason": reason.strip(), "actor": actor.strip(), "waived_at": datetime.now(UTC).isoformat()}
    control = json.dumps({"rows": 0, "waiver": decision}, ensure_ascii=False)
    written = []
    for name in known[feed].contracts:
        path = folder / f"{name}{WAIVED}"
        _write(path.with_name(path.name + CONTROL_SUFFIX), control)
        _write(path, _header(name))
        written.append(path)
    return written


def _header(name: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(contract(name).column_names)
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
