"""How a business writes its rows, and how it chooses: times, amounts, currencies, ids."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ingest.contract import contract
from tests.properties.rows import Values, at

IDS_OF_EACH_KIND = "{number}"
STYLES = (
    "{kind}{number}",
    "{kind}{number}",
    IDS_OF_EACH_KIND,
    "{kind}:№ {number}",
    "{kind}'%_{number}",
    "{kind}#{number}",
)
"""How a business writes its ids. Of each kind: invoice 1, order 1, payment 1."""


@dataclass
class Draft:
    contract: str
    hours: float
    values: Values


@dataclass
class Drafting:
    """Rows of one business, every id with its prefix."""

    rng: Random
    prefix: str
    currencies: tuple[str, ...]
    days: int
    rows: list[Draft] = field(default_factory=list)
    counter: int = 0
    counters: Counter[str] = field(default_factory=Counter)
    style: str = "{kind}{number}"

    def add(self, kind: str, hours: float, /, **values: Any) -> Values:
        """A row known at that time; `updated_at` is that time, more or less often said."""
        columns = contract(kind).column_names
        if "updated_at" in columns and self.rng.random() < 0.8:
            values["updated_at"] = at(hours)
        self.rows.append(Draft(kind, hours, values))
        return values

    def new(self, kind: str) -> str:
        """A new id in the business's own style; it may be that of a record of another kind."""
        self.counter += 1
        self.counters[kind] += 1
        number = self.counters[kind] if self.style == IDS_OF_EACH_KIND else self.counter
        return self.prefix + self.style.format(kind=kind, number=number)

    def maybe(self, value: Any, chance: float = 0.5) -> Any:
        return value if self.rng.random() < chance else None

    def hours(self) -> float:
        """Any time from ten days before the first extract to the last; whole days are frequent, graces end there."""
        last = self.days * 24 - 1
        return self.rng.choice(
            (
                self.rng.uniform(-240, last),
                self.rng.uniform(-48, last),
                float(self.rng.choice((-168, -120, -72, -48, -24, 0, 24))),
            )
        )

    def _any(self, rows: Sequence[Values], name: str) -> Any:
        return self.rng.choice(rows)[name] if rows else None

    def _amount(self) -> str:
        return self.rng.choice(self.amounts)

    def _currency(self) -> str:
        return self.rng.choice((self.currencies[0],) * 6 + (self.currencies[1],))
