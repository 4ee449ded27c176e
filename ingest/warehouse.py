"""The working database: schemas ``raw`` (one table per contract) and ``ops`` (feeds, load log, rejected rows)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from ingest.contract import METADATA_COLUMNS, Contract, contracts
from ingest.errors import IngestError, WarehouseBusyError
from ingest.home import Home
from ingest.sql import file_literal, identifier

OPERATIONS: dict[str, dict[str, str]] = {
    "feeds": {
        "feed": "VARCHAR",
        "source_system": "VARCHAR",
        "format": "VARCHAR",
        "expected": "VARCHAR",
        "until_date": "DATE",
    },
    "feed_contracts": {"feed": "VARCHAR", "contract": "VARCHAR"},
    "feed_settings": {"feed": "VARCHAR", "fingerprint": "VARCHAR"},
    "load_log": {
        "feed": "VARCHAR",
        "contract": "VARCHAR",
        "extract_date": "DATE",
        "file_name": "VARCHAR",
        "file_sha256": "VARCHAR",
        "delivery": "INTEGER",
        "outcome": "VARCHAR",
        "refusal_reason": "VARCHAR",
        "message": "VARCHAR",
        "rows_read": "BIGINT",
        "rows_loaded": "BIGINT",
        "rows_rejected": "BIGINT",
        "cards_masked": "BIGINT",
        "unknown_columns": "VARCHAR",
        "control_sha256": "VARCHAR",
        "loaded_at": "TIMESTAMP",
    },
    "rejected_rows": {
        "feed": "VARCHAR",
        "contract": "VARCHAR",
        "extract_date": "DATE",
        "file_name": "VARCHAR",
        "file_sha256": "VARCHAR",
        "delivery": "INTEGER",
        "row_number": "BIGINT",
        "column_name": "VARCHAR",
        "value": "VARCHAR",
        "reason": "VARCHAR",
    },
}
"""Tables of schema ``ops``. ``feed_settings``: how a feed was declared when its refused files were last tried."""


@contextmanager
def open_warehouse(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse with all tables of ``raw`` and ``ops``, closed at the end. Raises IngestError, when busy too."""
    home.path.mkdir(parents=True, exist_ok=True)
    try:
        connection = duckdb.connect(str(home.warehouse))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise WarehouseBusyError(
                f"{home.warehouse} is held by another process. Wait for the other run, or close what has it open."
            ) from error
        raise IngestError(f"{home.warehouse} cannot be opened: {error}") from error
    try:
        connection.execute("set TimeZone = 'UTC'")
        # One checkpoint at the end: DuckDB's own would rewrite the file every few extracts.
        connection.execute("set checkpoint_threshold = '1GB'")
        create_tables(connection)
        yield connection
    finally:
        connection.close()


def raw_columns(contract: Contract) -> dict[str, str]:
    """Columns of a contract's raw table, name to SQL type."""
    return {column.name: column.sql_type for column in contract.columns} | dict(METADATA_COLUMNS)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is not there yet; a contract's new columns are added to its table. Raises IngestError."""
    existing: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, kind in connection.execute(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_schema in ('raw', 'ops')"
    ).fetchall():
        existing.setdefault((schema, table), {})[column] = kind
    wanted = {("ops", name): columns for name, columns in OPERATIONS.items()}
    wanted |= {("raw", contract.raw_table): raw_columns(contract) for contract in contracts().values()}
    connection.execute("begin")
    for schema in ("raw", "ops"):
        connection.execute(f"create schema if not exists {schema}")
    for (schema, name), columns in wanted.items():
        _create_table(connection, f"{schema}.{identifier(name)}", columns, existing.get((schema, name)))
    connection.execute("commit")


def _create_table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], existing: dict[str, str] | None
) -> None:
    if existing is None:
        fields = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
        connection.execute(f"create table {table} ({fields})")
        return
    for name, kind in columns.items():
        if name not in existing:
            connection.execute(f"alter table {table} add column {identifier(name)} {kind}")
        elif existing[name] != kind:
            raise IngestError(
                f"{table}.{name} is {existing[name]} in the warehouse but {kind} now. Delete warehouse.duckdb: "
                "the next run rebuilds it from landing."
            )


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def insert_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, lake_files: Sequence[Path], loaded_at: datetime
) -> None:
    """Copy lake files into the contract's raw table."""
    connection.execute(
        f"insert into raw.{identifier(contract.raw_table)} by name "
        f"select *, ?::timestamp as _loaded_at from {_parquet(lake_files)}",
        [loaded_at],
    ).fetchall()


def insert_rejects(connection: duckdb.DuckDBPyConnection, lake_files: Sequence[Path]) -> None:
    """Copy lake files of rejects into ``ops.rejected_rows``."""
    connection.execute(f"insert into ops.rejected_rows by name select * from {_parquet(lake_files)}").fetchall()


def _parquet(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(file_literal, files))}], hive_partitioning=false)"


def remove(
    connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], keys: Sequence[Sequence[object]]
) -> None:
    """Remove the rows of an ``ops`` table that have one of the keys."""
    if not keys:
        return
    fields = ", ".join(f"unnest(?::{OPERATIONS[table][name]}[]) as {identifier(name)}" for name in names)
    equal = " and ".join(f"old.{identifier(name)} = gone.{identifier(name)}" for name in names)
    connection.execute(
        f"delete from ops.{identifier(table)} as old using (select {fields}) as gone where {equal}",
        [list(values) for values in zip(*keys, strict=True)],
    ).fetchall()


def replace_table(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Replace the content of a small ``ops`` table."""
    connection.execute(f"delete from ops.{identifier(table)}").fetchall()
    insert_values(connection, table, rows)


def insert_values(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert a few rows into an ``ops`` table, values in the order of its columns."""
    if not rows:
        return
    marks = f"({', '.join('?' for _ in OPERATIONS[table])})"
    connection.execute(
        f"insert into ops.{identifier(table)} values {', '.join(marks for _ in rows)}",
        [value for row in rows for value in row],
    ).fetchall()
