"""What a feed is: one stream of extracts, as ``sverka.yml`` declares it or by convention."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

CANONICAL = "canonical"
"""The format of files that already have the contract's columns."""


@dataclass(frozen=True)
class PullSource:
    """From where a feed is pulled: what changed since ``since``, with ``overlap_days`` of each window read again."""

    system: str
    since: date
    overlap_days: int
    settings: Mapping[str, object] = field(default_factory=dict)


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
    expected: str = "daily"
    until: date | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    is_declared: bool = False
    pull: PullSource | None = None

    @property
    def is_canonical(self) -> bool:
        """Whether its files already have the contract's columns."""
        return self.format == CANONICAL
