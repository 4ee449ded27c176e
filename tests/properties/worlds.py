"""Small random businesses: a seed is a world of one to twelve payments and all that goes with them, right or faulty.

Each world is first written as a business that agrees, then its rows are spoilt one by one at the world's own rate:
lost, late, doubled, re-sent, with another amount, currency, state, time or reference. Worlds live side by side in one
warehouse: every id begins with the world's prefix, source systems too, and no two worlds share a currency, because the
bank's lines find payouts by amount and currency alone.
"""

from dataclasses import dataclass
from random import Random

from ingest.typing_sql import CURRENCIES
from tests.properties.business import Business
from tests.properties.faults import Spoiler
from tests.properties.rows import Row

CURRENCIES_EACH = 3
MOST_WORLDS = len(CURRENCIES) // CURRENCIES_EACH
FAULT_RATES = (0.0, 0.03, 0.1, 0.3)


@dataclass(frozen=True, eq=False)
class World:
    """All rows of one small business, and what is its own: ids and source systems by prefix, and currencies."""

    seed: int
    number: int
    days: int
    currencies: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def prefix(self) -> str:
        return f"w{self.number}-"

    def __str__(self) -> str:
        head = f"world {self.seed} (as number {self.number}, {self.days} days)"
        return "\n  ".join([head, *sorted(map(str, self.rows))])


def draw_world(seed: int, number: int, days: int, faults: bool = True) -> World:
    """The world of a seed; its ids and currencies follow from its number, all else from the seed."""
    rng = Random(seed)
    first = number * CURRENCIES_EACH
    currencies = CURRENCIES[first : first + CURRENCIES_EACH]
    if len(currencies) < CURRENCIES_EACH:
        raise ValueError(f"There are currencies for {MOST_WORLDS} worlds, {number} is beyond them.")
    business = Business(rng, f"w{number}-", tuple(currencies), days)
    business.write()
    rate = rng.choice(FAULT_RATES) if faults else 0.0
    spoiler = Spoiler(rng, rate, business)
    rows = tuple(row for drafted in business.rows for row in spoiler.spoil(drafted))
    return World(seed, number, days, tuple(currencies), rows)
