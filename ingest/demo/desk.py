"""The people of the demonstration business who decide about exceptions and matches."""

# A row is written as groups of columns added together, which reads better than thirty lines of one value each.
# ruff: noqa: RUF005
import hashlib

from ingest.demo.extracts import ExtractWriter
from ingest.demo.timeline import Timeline

ACTOR, SECOND = "finance-1", "head-of-finance"
DECISIONS = "manual.decisions"


def exception_id(code: str, subject_type: str, subject_id: str) -> str:
    """The id of an exception, the same every day."""
    return hashlib.md5(f"{code}|{subject_type}|{subject_id}".encode(), usedforsecurity=False).hexdigest()


class Desk:
    """Writes decisions, each into the extract of the day it is recorded on; conventions as in ``systems``."""

    def __init__(self, writer: ExtractWriter, timeline: Timeline) -> None:
        self.timeline = timeline
        self._add = writer.add

    def decide(
        self,
        at: int,
        id_: str,
        kind: str,
        *,
        exception: str = "",
        document: str = "",
        payment_key: str = "",
        owner: str = "",
        reason: str = "checked with the department",
        decided: int | None = None,
        snooze_day: int | None = None,
        approved_by: str = "",
        approved: int | None = None,
    ) -> None:
        """A decision about an exception (its id) or a document, recorded at ``at``, decided then or earlier."""
        write = self.timeline.offset
        until = "" if snooze_day is None else self.timeline.iso(snooze_day)
        given = (at if approved is None else approved) if approved_by else None
        self._add(
            DECISIONS,
            at,
            (id_, kind, exception, document, payment_key, owner, ACTOR, reason)
            + (write(at if decided is None else decided), until, approved_by, write(given)),
        )
