"""Write, audit, publish: analysts see the last tested tables or the ones before, never anything between.

The tested tables are copied into a new file beside the published one, the copy is opened again and counted, and only
then renamed over it. A reader that has the old file open goes on reading the old one. A killed run leaves at most a
`.new` file behind, which the next run replaces.
"""

import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from dagster_app.errors import DailyRunError

STORAGE_VERSION = "v1.5.0"
"""The oldest storage format of the supported range: tools on DuckDB 1.5 can open it (the writer may be DuckDB 2)."""

SCHEMAS = ("staging", "intermediate", "marts")

Relation = tuple[str, str]
"""(schema, table)."""


class PublishError(DailyRunError):
    """The copy is not what was tested; the published file stays as it was."""


@dataclass(frozen=True)
class Table:
    """A tested table and what its readers are told: the comments of the table and of its columns, by name."""

    schema: str
    name: str
    comment: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def relation(self) -> Relation:
        """(schema, table)."""
        return self.schema, self.name


@dataclass(frozen=True)
class Publication:
    """What was published: row counts by (schema, table), and the size of the file in bytes."""

    rows: dict[Relation, int]
    size: int


def publish(warehouse: Path, database: Path, tables: Iterable[Table]) -> Publication:
    """Replace the published database by a copy of the given warehouse tables, with comments on tables and columns.

    Raises PublishError, leaving the published file untouched, when a table is missing or the copy does not verify.
    """
    wanted = sorted((table for table in tables if table.schema in SCHEMAS), key=lambda table: table.relation)
    scratch = database.with_name(database.name + ".new")
    database.parent.mkdir(parents=True, exist_ok=True)
    _remove(scratch)
    rows = _copy(warehouse, scratch, wanted)
    _verify(scratch, rows)
    size = scratch.stat().st_size
    _fsync(scratch)
    scratch.replace(database)
    _fsync(database.parent)
    return Publication(rows, size)


def _remove(scratch: Path) -> None:
    for path in (scratch, scratch.with_name(scratch.name + ".wal")):
        path.unlink(missing_ok=True)


def _copy(warehouse: Path, scratch: Path, wanted: list[Table]) -> dict[Relation, int]:
    # Without a limit DuckDB would keep all it copies in memory.
    limits: dict[str, bool | float | int | str | list[str]] = {
        "memory_limit": "4GB",
        "temp_directory": str(scratch.with_suffix(".spill")),
    }
    with closing(duckdb.connect(config=limits)) as connection:
        connection.execute(f"attach {_text(warehouse)} as warehouse (read_only)").fetchall()
        connection.execute(f"attach {_text(scratch)} as fresh (storage_version '{STORAGE_VERSION}')").fetchall()
        _require(connection, {table.relation for table in wanted})
        for schema in SCHEMAS:
            connection.execute(f"create schema fresh.{_name(schema)}").fetchall()
        for table in wanted:
            target = f"{_name(table.schema)}.{_name(table.name)}"
            connection.execute(f"create table fresh.{target} as from warehouse.{target}").fetchall()
        # Together: each statement alone would be a commit that waits for the disk.
        connection.execute("begin").fetchall()
        for table in wanted:
            _comment(connection, table, f"{_name(table.schema)}.{_name(table.name)}")
        connection.execute("commit").fetchall()
        rows = {table.relation: _count(connection, "warehouse", table.relation) for table in wanted}
        connection.execute("checkpoint fresh").fetchall()
        connection.execute("detach fresh").fetchall()
    return rows


def _require(connection: duckdb.DuckDBPyConnection, wanted: set[Relation]) -> None:
    query = "select table_schema, table_name from information_schema.tables where table_catalog = 'warehouse'"
    missing = sorted(wanted.difference(connection.execute(query).fetchall()))
    if missing:
        names = ", ".join(".".join(relation) for relation in missing)
        raise PublishError(f"the warehouse does not have {names}; run the day again so that the models are built")


def _comment(connection: duckdb.DuckDBPyConnection, table: Table, target: str) -> None:
    if table.comment:
        connection.execute(f"comment on table fresh.{target} is {_text(table.comment)}").fetchall()
    found = connection.execute(f"select column_name from (describe fresh.{target})").fetchall()
    for (column,) in found:
        comment = table.columns.get(column)
        if comment:
            connection.execute(f"comment on column fresh.{target}.{_name(column)} is {_text(comment)}").fetchall()


def _verify(scratch: Path, expected: dict[Relation, int]) -> None:
    """Open the copy as a reader will and count: what is not there cannot be published."""
    if scratch.with_name(scratch.name + ".wal").exists():
        raise PublishError(f"{scratch} was not written out completely; run the day again")
    with closing(duckdb.connect(str(scratch), read_only=True)) as connection:
        for relation, rows in expected.items():
            found = _count(connection, None, relation)
            if found != rows:
                raise PublishError(
                    f"{'.'.join(relation)} has {rows} rows in the warehouse and {found} in the copy; run the day again"
                )


def _count(connection: duckdb.DuckDBPyConnection, catalog: str | None, relation: Relation) -> int:
    path = ".".join(_name(part) for part in ((catalog, *relation) if catalog else relation))
    [(count,)] = connection.execute(f"select count(*) from {path}").fetchall()
    return int(count)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
