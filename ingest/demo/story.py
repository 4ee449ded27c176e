"""A small business told once: canonical rows of what its systems know, and what must be found about them.

The rows are those a format can tell, so that the native files of a template and its canonical twin are two spellings
of the same facts. A system answers with the state in which a day ended: of several versions of a record on one day the
last counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from ingest.contract import Column
from ingest.contract import contract as contract_of
from ingest.demo.text import flag, money
from ingest.demo.timeline import DAY, Timeline
from ingest.demo.truth import Arrivals, Fault, Record, Truth

Row = Mapping[str, str]
"""Columns of a contract to canonical text; what is absent is not there. Times are UTC with ``Z``."""

Rows = Mapping[str, Sequence[Row]]
"""The rows of one extract, by contract."""

Value = str | int | bool | None
"""Text; of amounts whole hundredths, of times a moment, of dates a day number."""

FAR = 370
"""Days until what is left unpaid is due: after the end of any world of a year."""


def guid(name: str) -> str:
    """The id that a system would have given what is named so."""
    return str(uuid5(NAMESPACE_URL, name))


class Story:
    """Collects facts and faults of a business of some days."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._truth = Truth(Arrivals(timeline.days))
        self._days: dict[tuple[str, int], dict[tuple[str, ...], Row]] = {}

    @property
    def faults(self) -> list[Fault]:
        """Everything that must be found."""
        return self._truth.faults

    def tell(self, contract: str, at: int, **values: Value) -> Record:
        """One version of a record, written at a moment; what would be written after the last day is not there."""
        columns = {column.name: column for column in contract_of(contract).columns}
        told = {name: self._text(columns[name], value) for name, value in values.items()}
        row = {name: text for name, text in told.items() if text}
        key = tuple(row.get(name, "") for name in contract_of(contract).key)
        self._days.setdefault((contract, at // DAY), {})[key] = row
        return contract, at

    def rows(self, contract: str, day: int) -> list[Row]:
        """The contract's rows in the extract of a day, in the order in which they were first told."""
        return list(self._days.get((contract, day), {}).values())

    def expect(
        self,
        code: str,
        subject_type: str,
        subject_id: str,
        known: Iterable[Record],
        *,
        event: int | None = None,
        healed: Iterable[Record] = (),
        grace: int | None = None,
    ) -> None:
        """Expect an exception; without ``event`` it is the latest of the known records."""
        records = list(known)
        latest = max(at for _, at in records) if event is None else event
        self._truth.expect(code, subject_type, subject_id, event=latest, known=records, healed=healed, grace=grace)

    def _text(self, column: Column, value: Value) -> str:
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, bool):
            return flag(value)
        if column.type == "amount":
            return money(value)
        if column.type == "timestamp":
            return self.timeline.utc(value)
        if column.type == "date":
            return self.timeline.iso(value)
        return str(value)
