"""What goes wrong with single rows: lost, late, doubled, re-sent, changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from ingest.contract import Column, Contract, contract
from tests.properties.business import Business
from tests.properties.drafting import Draft
from tests.properties.rows import Row, Values, at, on


@dataclass
class Spoiler:
    """Turns a row into what arrives of it, and when."""

    rng: Random
    rate: float
    business: Business

    def __post_init__(self) -> None:
        self.pool: dict[str, list[Any]] = {}
        for drafted in self.business.rows:
            for name, value in drafted.values.items():
                if value is not None:
                    self.pool.setdefault(name, []).append(value)

    def spoil(self, drafted: Draft) -> Iterator[Row]:
        """A row of the agreeing world as none, one or several rows of its extracts."""
        values, shape = dict(drafted.values), contract(drafted.contract)
        day = max(0, int(drafted.hours // 24))
        if not self._luck():
            yield from self._deliver(shape, day, values)
            if drafted.contract == "erp.export_queue":
                yield from self._deliver(shape, day + 1, values)
            return
        fault = self.rng.choice((self._lose, self._double, self._resend, self._late, self._garble, *[self._change] * 5))
        yield from fault(shape, day, values)

    def _luck(self) -> bool:
        return self.rng.random() < self.rate

    def _deliver(self, shape: Contract, day: int, values: Values, delivered: int | None = None) -> Iterator[Row]:
        if day < self.business.days and (delivered is None or delivered < self.business.days):
            yield Row(shape.name, day, day if delivered is None else delivered, dict(values))

    def _lose(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        return iter(())

    def _garble(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        """A value that cannot be read: the row is rejected."""
        typed = [column.name for column in shape.columns if column.type in ("amount", "timestamp", "currency", "enum")]
        yield from self._deliver(shape, day, {**values, self.rng.choice(typed): "?"})

    def _late(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        """In a later extract, or in a file of the same extract that arrives late."""
        if self.rng.random() < 0.5:
            yield from self._deliver(shape, day + 1, values)
        else:
            yield from self._deliver(shape, day, values, day + 1)

    def _double(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        yield from self._deliver(shape, day, values)
        again = dict(values)
        if self.rng.random() < 0.25:
            again["source_system"] = f"{self.business.prefix}other"
        elif shape.name == "erp.payments" and self.rng.random() < 0.5:
            again["erp_document_id"] = f"{values['erp_document_id'].split('#')[0]}#{self.rng.choice((1, 2, 3))}"
        else:
            again[shape.key[0]] = self.business.new("twin")
        yield from self._deliver(shape, day, again)

    def _resend(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        """Another version later, or before; its time of change newer, older or not said."""
        changed = self._changed(shape, values)
        if "updated_at" in shape.column_names:
            changed["updated_at"] = self.rng.choice((None, at(day * 24 + 30), at(day * 24 - 30)))
        yield from self._deliver(shape, day, values)
        yield from self._deliver(shape, day + self.rng.choice((0, 1, 2)), changed)

    def _change(self, shape: Contract, day: int, values: Values) -> Iterator[Row]:
        yield from self._deliver(shape, day, self._changed(shape, values))

    def _changed(self, shape: Contract, values: Values) -> Values:
        changed = dict(values)
        names = [name for name in shape.column_names if name not in shape.key]
        for name in self.rng.sample(names, k=min(len(names), self.rng.choice((1, 1, 2)))):
            changed[name] = self._other(shape.column(name), changed.get(name))
        for column in shape.columns:
            due = any(changed.get(name) in states for name, states in (column.required_when or {}).items())
            if due and changed.get(column.name) is None:
                changed[column.name] = at(self.business.hours())
        return changed

    def _other(self, column: Column, value: Any) -> Any:
        rng = self.rng
        if not column.required and rng.random() < 0.4:
            return None
        if column.type == "amount":
            amounts = ["0", "0.01", "100.00", "250.50", "3"] + (["-100.00"] if column.signed else [])
            near = [] if value is None else [str(abs(Decimal(value)) * 2), str(Decimal(value) + Decimal("0.0001"))]
            return rng.choice(amounts + near)
        others = {
            "currency": lambda: rng.choice(self.business.currencies),
            "enum": lambda: rng.choice(column.values),
            "boolean": lambda: rng.random() < 0.5,
            "timestamp": lambda: at(self.business.hours()),
            "date": lambda: on(self.business.hours()),
            "integer": lambda: str(rng.choice((0, 1, 2))),
            "text": lambda: rng.choice(self.pool.get(column.name) or [f"{self.business.prefix}unknown"]),
        }
        return others[column.type]()
