"""Canonical files: CSV, NDJSON, JSON array, Parquet and XLSX, each to a relation of text columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.contract import Contract
from ingest.csv_text import read_header, rewritten_relation, strict_relation
from ingest.encodings import Utf8, as_utf8
from ingest.errors import Refused
from ingest.json_text import json_relation
from ingest.sheet_text import sheet_relation
from ingest.sql import file_literal, identifier
from ingest.typing_sql import TextRelation

FORMS = {
    ".csv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
"""File name ending to form."""

UNREADABLE = (
    duckdb.InvalidInputException,
    duckdb.IOException,
    duckdb.ConversionException,
    duckdb.SerializationException,
    duckdb.NotImplementedException,
)
"""What DuckDB raises for a damaged file; anything else is a fault of ours or of the machine and ends the run."""


@dataclass(frozen=True)
class TextFile:
    """A file as text columns. ``repaired`` gives another relation to try when using ``relation`` fails."""

    relation: TextRelation
    names: tuple[str, ...]
    repaired: Callable[[], TextRelation] | None = None


def open_text(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    file_name: str,
    contract: Contract,
    encoding: str | None,
    work: Path,
) -> TextFile:
    """The file as text columns, its header checked. Raises Refused; scratch files go to ``work``."""
    form = FORMS.get(Path(file_name).suffix.lower())
    if form is None:
        raise Refused(
            "unparsable",
            f"{file_name}: the file name ending says no known form. Name it {', '.join(FORMS)}, "
            "or declare the feed's `format` in sverka.yml.",
        )
    if path.stat().st_size == 0:
        raise Refused("empty_without_header", f"{file_name} has no bytes. Ask the sending system for it again.")
    try:
        file = _open(connection, form, path, file_name, contract, encoding, work)
    except UNREADABLE as error:
        raise unreadable(path, file_name, error) from error
    _check_header(file, file_name, contract, is_empty_json=form in ("json", "ndjson") and not file.names)
    return file


def unreadable(path: Path, file_name: str, error: duckdb.Error) -> Refused:
    """The refusal for what DuckDB could not read."""
    first_lines = " ".join(str(error).split("\n\n")[0].split("\n")[:3]).replace(str(path), file_name)
    return Refused(
        "unparsable", f"{file_name} cannot be read. Ask the sending system for it again. DuckDB says: {first_lines}"
    )


def _open(
    connection: duckdb.DuckDBPyConnection,
    form: str,
    path: Path,
    file_name: str,
    contract: Contract,
    encoding: str | None,
    work: Path,
) -> TextFile:
    if form == "parquet":
        return _parquet(connection, path)
    if form == "xlsx":
        relation, names = sheet_relation(path, file_name, work)
        return TextFile(relation, tuple(names))
    utf8 = as_utf8(path, file_name, encoding, work)
    if form == "csv":
        return _csv(utf8, file_name, contract, work)
    relation, names = json_relation(connection, utf8.path, file_name, contract, lines=form == "ndjson")
    return TextFile(relation, tuple(names))


def _csv(file: Utf8, file_name: str, contract: Contract, work: Path) -> TextFile:
    path = file.path
    header = read_header(path, file_name, contract)

    def repaired() -> TextRelation:
        return rewritten_relation(path, file_name, header, work)

    if not header.is_first_line:
        return TextFile(repaired(), header.names)
    return TextFile(strict_relation(path, header, file.is_plain), header.names, repaired)


def _parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> TextFile:
    relation = f"read_parquet({file_literal(path)}, hive_partitioning=false)"
    described = connection.execute(f"describe select * from {relation}").fetchall()
    names = tuple(column[0].strip().lower() for column in described)
    columns = {name: f"{identifier(column[0])}::varchar" for name, column in zip(names, described, strict=True)}
    fields = ", ".join(f"{expression} as {identifier(f'text:{name}')}" for name, expression in columns.items())
    return TextFile(
        TextRelation(
            relation=f"(select {fields} from {relation})",
            columns={name: identifier(f"text:{name}") for name in columns},
            decimal_dot=True,
        ),
        names,
    )


def _check_header(file: TextFile, file_name: str, contract: Contract, *, is_empty_json: bool) -> None:
    twice = sorted(_repeated(name for name in file.names if name))
    if twice:
        raise Refused(
            "unparsable", f"{file_name}: the column {twice[0]!r} is there twice. Each column name may appear once."
        )
    missing = [column.name for column in contract.columns if column.required and column.name not in file.names]
    if missing and not is_empty_json:
        raise Refused(
            "missing_required_column",
            f"{file_name}: the required column {', '.join(missing)} of {contract.name} is missing; "
            f"the file has {', '.join(file.names)}. Ask the sending system to add it.",
        )


def _repeated(names: Iterator[str]) -> set[str]:
    seen: set[str] = set()
    return {name for name in names if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
