"""What the reconciliation must find in the demonstration world, computed from the rules and nothing else.

A rule gives its grace and the contracts it is seen by. A fault gives the moment of the event, the records without which
the code could not be known, and the records that heal it. Together with the dates on which extracts arrive, that
decides the first and the last run date on which the exception must stand; decisions then say in which state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.demo.rules import RULES, Rule
from ingest.demo.timeline import DAY, HOUR

Record = tuple[str, int]
"""A record version: its contract and the moment it was written."""

Subject = tuple[str, str, str]
"""Code, subject type, subject id."""

OPEN, SNOOZED, RESOLVED = "open", "snoozed", "resolved"


@dataclass(frozen=True)
class Fault:
    """One exception that must stand in one state on every run date from the first to the last, by day number."""

    code: str
    subject_type: str
    subject_id: str
    first_day: int
    last_day: int
    state: str = OPEN


@dataclass
class Arrivals:
    """On which run day each extract is there: on its own day, unless it comes late or (None) never.

    What arrives for a ``lost`` extract is empty: it waives the day, and the records of that day are never known.
    """

    days: int
    exceptions: Mapping[tuple[str, int], int | None] = field(default_factory=dict)
    lost: frozenset[tuple[str, int]] = frozenset()

    def day(self, contract: str, day: int) -> int | None:
        """The run day from which the extract of ``day`` is there."""
        return self.exceptions.get((contract, day), day)

    def of(self, record: Record) -> int | None:
        """The run day from which a record version is known; None when it never is in this world."""
        contract, at = record
        day = at // DAY
        return None if day >= self.days or (contract, day) in self.lost else self.day(contract, day)

    def coverage(self, contract: str, run_day: int) -> int:
        """The day before the first extract that is missing on the run day, else the run day itself."""
        missing = [
            day
            for (late, day), arrives in self.exceptions.items()
            if late == contract and day <= run_day and (arrives is None or arrives > run_day)
        ]
        return min(missing) - 1 if missing else run_day


class Truth:
    """Collects the exceptions of a world: for each the run days on which it stands, and its state on them."""

    def __init__(self, arrivals: Arrivals) -> None:
        self.arrivals = arrivals
        self._lives: dict[Subject, dict[int, str]] = {}

    @property
    def faults(self) -> list[Fault]:
        """Every exception, one entry for each stretch of days in one state."""
        return [fault for subject, life in self._lives.items() for fault in _stretches(subject, life)]

    def expect(
        self,
        code: str,
        subject_type: str,
        subject_id: str,
        *,
        event: int,
        known: Iterable[Record],
        healed: Iterable[Record] = (),
        grace: int | None = None,
    ) -> None:
        """An exception that stands once its records are known and its event is older than the grace (hours).

        It stands until all records of ``healed`` are known. One that would heal before it shows is not expected.
        """
        rule = RULES[code]
        seconds = (rule.grace if grace is None else grace) * HOUR
        first = self._first_day(rule, list(known), event + seconds)
        last = self._last_day(list(healed))
        if first is not None and first <= last:
            self.add(code, subject_type, subject_id, first, last)

    def add(self, code: str, subject_type: str, subject_id: str, first_day: int, last_day: int) -> None:
        """An exception whose dates are plain. Raises ValueError when it stands on one of them already."""
        if code not in RULES:
            raise ValueError(f"Unknown code {code}.")
        life = self._lives.setdefault((code, subject_type, subject_id), {})
        days = range(first_day, last_day + 1)
        if any(day in life for day in days):
            raise ValueError(f"{code} of {subject_id} is expected twice on one day.")
        life.update((day, OPEN) for day in days)

    def decide(self, code: str, subject_type: str, subject_id: str, state: str, days: range) -> None:
        """Someone's decision: on those of the days on which it stands, it stands in this state.

        Raises KeyError when it never stands.
        """
        life = self._lives[code, subject_type, subject_id]
        life.update((day, state) for day in days if day in life)

    def _first_day(self, rule: Rule, known: list[Record], ripe: int) -> int | None:
        for run_day in range(self.arrivals.days):
            arrived = [self.arrivals.of(record) for record in known]
            if any(day is None or day > run_day for day in arrived):
                continue
            covered = min((self.arrivals.coverage(contract, run_day) for contract in rule.seen_by), default=run_day)
            if (covered + 1) * DAY > ripe:
                return run_day
        return None

    def _last_day(self, healed: list[Record]) -> int:
        last = self.arrivals.days - 1
        if not healed:
            return last
        arrived = [self.arrivals.of(record) for record in healed]
        known = [day for day in arrived if day is not None]
        return max(known) - 1 if len(known) == len(arrived) else last


def _stretches(subject: Subject, life: Mapping[int, str]) -> list[Fault]:
    found: list[Fault] = []
    for day in sorted(life):
        last = found[-1] if found else None
        first = day
        if last is not None and last.last_day == day - 1 and last.state == life[day]:
            first = found.pop().first_day
        found.append(Fault(*subject, first, day, life[day]))
    return found
