"""Quoting for the SQL that ingest generates. Values are bound wherever DuckDB lets them be."""

from collections.abc import Iterable
from pathlib import Path


def identifier(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A quoted text."""
    return "'" + value.replace("'", "''") + "'"


def literals(values: Iterable[str]) -> str:
    """Quoted texts, comma separated, as for ``in (…)``."""
    return ", ".join(literal(value) for value in values)


def file_literal(path: Path) -> str:
    """A quoted path of one file: the characters that DuckDB takes for patterns stand for themselves."""
    return literal("".join(f"[{char}]" if char in "*?[" else char for char in str(path)))
