"""Telling equal lines of a file apart, however many lines it has."""

import sqlite3
from hashlib import blake2b

REMEMBERED = 1 << 20
"""Texts remembered in memory, some 100 MB of them; those beyond lie in a temporary database, which takes longer."""

_DATABASE = """
    pragma journal_mode = off;
    pragma synchronous = off;
    pragma cache_size = -65536;
    create table seen (mark integer primary key, times integer not null);
    begin;
"""
_COUNT = "insert into seen values (?, 1) on conflict (mark) do update set times = times + 1 returning times"


class Repeats:
    """Numbers what is equal: two equal lines of a statement are two payments.

    A statement may have millions of lines, so only a hash of 8 bytes is kept of each. Two texts of one hash, which no
    real file will have, would still differ: the number only tells apart what is equal.
    """

    def __init__(self) -> None:
        self._times: dict[int, int] = {}
        self._others: sqlite3.Connection | None = None

    def nth(self, identity: str) -> int:
        """1 for a text that was not there before, 2 for the second that equals it, and so on."""
        digest = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        mark = int.from_bytes(digest, signed=True)
        if mark in self._times or len(self._times) < REMEMBERED:
            self._times[mark] = self._times.get(mark, 0) + 1
            return self._times[mark]
        return self._nth_of_others(mark)

    def _nth_of_others(self, mark: int) -> int:
        if self._others is None:
            # A database without a name is a file of this connection alone, and gone with it.
            self._others = sqlite3.connect("", isolation_level=None)
            self._others.executescript(_DATABASE)
        [(times,)] = self._others.execute(_COUNT, (mark,)).fetchall()
        return int(times)
