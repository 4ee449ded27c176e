"""Card numbers in free text: first 6 and last 4 stay (contracts.md, Canonical files). Python sees only the hits."""

import re
from collections.abc import Iterable

import duckdb

from ingest.sql import identifier, literal

SEPARATOR = "[ \u00a0-]{0,3}"
CANDIDATE = r"(?:^|\D)\d(?:[ \x{a0}-]{0,3}\d){12,}(?:$|\D)"
"""What DuckDB looks for: a run of 13 digits and more with spaces and dashes between."""

_RUN = re.compile(rf"\d(?:{SEPARATOR}\d){{12,}}", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
SHORTEST, LONGEST = 13, 19


def is_luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right."""
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def mask_cards(text: str) -> tuple[str, int]:
    """The text with its card numbers masked, and how many there were.

    A card begins and ends where a group of digits does: one inside a longer unbroken number is not a card.
    """
    count = 0

    def mask(run: re.Match[str]) -> str:
        nonlocal count
        masked, found = _mask_run(run[0])
        count += found
        return masked

    return _RUN.sub(mask, text), count


def _mask_run(run: str) -> tuple[str, int]:
    groups = [match.span() for match in _GROUP.finditer(run)]
    result, done, count, first = "", 0, 0, 0
    while first < len(groups):
        last = _card_end(run, groups, first)
        if last is None:
            first += 1
            continue
        start, end = groups[first][0], groups[last][1]
        result += run[done:start] + _masked(run[start:end])
        done, first, count = end, last + 1, count + 1
    return result + run[done:], count


def _card_end(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The last group of the longest card that begins with group ``first``."""
    found, digits = None, ""
    for last in range(first, len(groups)):
        digits += run[groups[last][0] : groups[last][1]]
        if len(digits) > LONGEST:
            break
        if len(digits) >= SHORTEST and is_luhn(digits):
            found = last
    return found


def _masked(card: str) -> str:
    digits = sum(char.isdigit() for char in card)
    result, seen = [], 0
    for char in card:
        if char.isdigit():
            seen += 1
            result.append(char if seen <= 6 or seen > digits - 4 else "*")
        else:
            result.append(char)
    return "".join(result)


def collect_cards(connection: duckdb.DuckDBPyConnection, table: str, expressions: Iterable[str]) -> bool:
    """Fill table ``cards(text, masked, hits)`` with the distinct card-bearing texts; whether there are any."""
    connection.execute("create or replace table cards (text varchar, masked varchar, hits integer)")
    texts = " union ".join(
        f"select {expression} as text from {identifier(table)} where regexp_matches({expression}, {literal(CANDIDATE)})"
        for expression in expressions
    )
    if not texts:
        return False
    found = connection.cursor().execute(texts)
    is_any = False
    while rows := found.fetchmany(10_000):
        masked = [(text, *mask_cards(text)) for (text,) in rows]
        masked = [item for item in masked if item[2]]
        if masked:
            is_any = True
            connection.execute(
                "insert into cards select unnest($1::varchar[]), unnest($2::varchar[]), unnest($3::integer[])",
                [list(column) for column in zip(*masked, strict=True)],
            )
    return is_any
