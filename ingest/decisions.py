"""What people decided: one file per record in the inbox of ``manual.decisions``, linked into a hash chain.

Each record carries, beside the contract's columns, ``previous_hash`` (that of the record before it, null for the first)
and ``hash``: SHA-256, lower-case hex, over the canonical JSON of all its other fields (keys sorted, no spaces, ASCII,
null for what is empty). Whoever changes, removes or inserts a record breaks the chain; a record cut off at its very end
leaves no trace. Whether a decision makes sense is not asked here.
"""

import fcntl
import hashlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from ingest.contract import contract
from ingest.decision_files import CONTRACT, Record, read_records
from ingest.errors import IngestError
from ingest.home import Home
from ingest.settings import feeds

HASH, PREVIOUS = "hash", "previous_hash"
WAIT_SECONDS = 30.0


class DecisionError(IngestError):
    """The decision cannot be recorded; the message says why."""


def record_hash(fields: Mapping[str, Any]) -> str:
    """The hash of a record's fields, `hash` itself left out."""
    content = {name: value for name, value in fields.items() if name != HASH}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def business_date(moment: datetime, timezone: str) -> date:
    """The business date of an aware time."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def utc_text(moment: datetime) -> str:
    """An aware time as records have it: `2026-11-22T08:15:00.000000Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


@dataclass(frozen=True)
class Chain:
    """All records as they lie in inbox and landing.

    records: those written by Sverka, by extract date. by_hand: those delivered without a hash, which are no break.
    problems: a sentence for each place where the chain is broken.
    """

    records: list[Record] = field(default_factory=list)
    by_hand: list[Record] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Decisions, however many versions each has, delivered by hand or not."""
        return len({record.values.get("decision_id") for record in (*self.records, *self.by_hand)})

    @property
    def head(self) -> str | None:
        """The hash that the next record names: the last one that no record names yet; None for an empty chain."""
        named = {record.values.get(PREVIOUS) for record in self.records}
        free = [record for record in self.records if record.values[HASH] not in named]
        return free[-1].values[HASH] if free else None

    def version(self, decision_id: str) -> dict[str, Any] | None:
        """The latest recorded version of a decision."""
        found = [record.values for record in self.records if record.values.get("decision_id") == decision_id]
        return max(found, key=lambda values: values.get("approved_at") or "", default=None)

    def ids(self) -> set[str]:
        """The ids of the recorded decisions."""
        return {str(record.values.get("decision_id")) for record in self.records}

    def summary(self) -> str:
        """One line for people; problems follow it."""
        hand = f"; records delivered by hand: {len(self.by_hand)}" if self.by_hand else ""
        return f"Decisions: {self.count}, {'chain BROKEN' if self.problems else 'chain intact'}{hand}"


def read_chain(home: Home) -> Chain:
    """Read and check all records. Raises ConfigurationError."""
    delivered, problems = read_records(home)
    by_hand = [record for record in delivered if not record.values.get(HASH)]
    chained = [record for record in delivered if record.values.get(HASH)]
    records, copies = _without_copies(chained)
    problems += copies + _changed(records) + _misplaced(records, home.timezone) + _links(records)
    known = {record.values.get("decision_id") for record in records}
    problems += [
        f"{record.where} gives decision {record.values['decision_id']} again, not written by sverka decide"
        for record in by_hand
        if record.values.get("decision_id") in known
    ]
    return Chain(records, by_hand, problems)


def _without_copies(records: list[Record]) -> tuple[list[Record], list[str]]:
    """The same record again under the same date is a repeat; under another date it is a problem."""
    kept: dict[str, Record] = {}
    problems = []
    for record in records:
        identity = json.dumps(record.values, sort_keys=True, default=str)
        first = kept.setdefault(identity, record)
        if first.extract_date != record.extract_date:
            problems.append(f"{record.where} is a copy of {first.where}")
    return list(kept.values()), problems


def _changed(records: list[Record]) -> list[str]:
    return [
        f"{record.where} was changed after it was written (decision {record.values.get('decision_id')})"
        for record in records
        if record_hash(record.values) != record.values[HASH]
    ]


def _misplaced(records: list[Record], timezone: str) -> list[str]:
    """A record lies under the business date of its approval, else of its decision."""
    problems = []
    for record in records:
        said = str(record.values.get("approved_at") or record.values.get("decided_at"))
        try:
            day = business_date(datetime.fromisoformat(said), timezone)
        except (ValueError, TypeError):
            continue
        if day != record.extract_date:
            problems.append(f"{record.where} belongs under {day}")
    return problems


def _links(records: list[Record]) -> list[str]:
    """Every record but one names a record that is there, and no two name the same."""
    problems = []
    hashes = {record.values[HASH] for record in records}
    followers: dict[str | None, dict[str, Record]] = defaultdict(dict)
    for record in records:
        previous = record.values.get(PREVIOUS)
        followers[previous][record.values[HASH]] = record
        if previous is not None and previous not in hashes:
            problems.append(f"the record before {record.where} is missing")
    for group in followers.values():
        if len(group) > 1:
            places = ", ".join(record.where for record in group.values())
            problems.append(f"the chain forks: {len(group)} records follow the same one ({places})")
    return problems


class Writer:
    """Appends to the chain; only within `writing`, which holds the lock."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.chain = read_chain(home)

    def new_id(self, day: date) -> str:
        """An id that no record has: `D-20261122-1a2b3c4d`."""
        known = self.chain.ids()
        while (identifier := f"D-{day:%Y%m%d}-{uuid4().hex[:8]}") in known:
            pass
        return identifier

    def append(self, values: Mapping[str, Any], day: date) -> Path:
        """Write one record, all columns of the contract, into the inbox of that date. Raises DecisionError.

        A later version of a decision has a later name: files landed together are taken in name order.
        """
        columns = contract(CONTRACT).column_names
        fields: dict[str, Any] = {name: values.get(name) for name in columns}
        if values.get("source_system"):
            fields["source_system"] = values["source_system"]
        fields[PREVIOUS] = self.chain.head
        fields[HASH] = record_hash(fields)
        versions = [r for r in self.chain.records if r.values.get("decision_id") == fields["decision_id"]]
        folder = self.home.inbox / CONTRACT / day.isoformat()
        path = folder / f"{fields['decision_id']}.{len(versions) + 1}.ndjson"
        if path.exists():
            raise DecisionError(f"{path} is there already; it was not written by sverka decide")
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.tmp")
        with unfinished.open("w", encoding="utf-8") as stream:
            stream.write(json.dumps(fields, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
        shown = str(path.relative_to(self.home.path))
        self.chain.records.append(Record(fields, day, shown, 1))
        return path


@contextmanager
def writing(home: Home) -> Iterator[Writer]:
    """The chain with nobody else writing to it. Raises DecisionError when somebody does so for too long."""
    feed = feeds(home)[CONTRACT]
    if not feed.is_canonical or feed.contracts != (CONTRACT,) or (feed.encoding or "utf-8").lower() != "utf-8":
        raise DecisionError(
            f"sverka.yml declares the feed {CONTRACT} in another form than canonical UTF-8; "
            "decisions cannot be recorded into it. Name that feed otherwise"
        )
    home.path.mkdir(parents=True, exist_ok=True)
    with (home.path / "decisions.lock").open("a", encoding="utf-8") as handle:
        _lock(handle.fileno(), home)
        yield Writer(home)


def _lock(descriptor: int, home: Home) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise DecisionError(f"somebody else is recording a decision in {home.path}; try again") from None
            time.sleep(0.05)
        else:
            return
