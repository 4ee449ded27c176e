"""A home for tests: ways to put files into its inbox and to see what the warehouse then holds."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from ingest.home import Home
from ingest.load import LoadReport, land, load

DAY = date(2026, 11, 20)
PAYMENTS = "provider.payments"
COLUMNS = ("provider_payment_id", "status", "amount", "currency", "created_at", "paid_at")
HEADER = ",".join(COLUMNS)


def payment(number: int | str, status: str = "failed", amount: str = "10", currency: str = "AMD", **other: str) -> str:
    """One line of a payments CSV with the columns of HEADER."""
    created_at, paid_at = other.get("created_at", "2026-11-20T10:00:00+04:00"), other.get("paid_at", "")
    return f"{number},{status},{amount},{currency},{created_at},{paid_at}"


def csv_of(*lines: str, header: str = HEADER) -> str:
    return "\n".join((header, *lines)) + "\n"


class Lab:
    """A home with shortcuts."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)

    def configure(self, text: str) -> None:
        self.home.path.mkdir(parents=True, exist_ok=True)
        self.home.config_file.write_text(text, encoding="utf-8")

    def put(self, name: str, content: str | bytes, feed: str = PAYMENTS, day: date | str = DAY) -> Path:
        path = self.home.inbox / feed / str(day) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def control(self, name: str, content: object, feed: str = PAYMENTS, day: date = DAY) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        self.put(f"{name}.control.json", text, feed, day)

    def run(self, as_of: date = DAY) -> LoadReport:
        land(self.home, as_of)
        return load(self.home, as_of)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def column(self, sql: str) -> list[Any]:
        return [row[0] for row in self.query(sql)]

    def rejects(self) -> list[tuple[int, str | None, str | None, str]]:
        return self.query("select row_number, column_name, value, reason from ops.rejected_rows order by all")

    def log(self) -> list[tuple[str, str, str | None]]:
        return self.query("select file_name, outcome, refusal_reason from ops.load_log order by extract_date, delivery")

    def raw(self) -> dict[str, list[tuple[Any, ...]]]:
        """All of raw and of the rejects, without the time of loading."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw'").fetchall()
            found = {
                name: connection.execute(f'select * exclude (_loaded_at) from raw."{name}" order by all').fetchall()
                for (name,) in tables
            }
            found["rejects"] = connection.execute("select * from ops.rejected_rows order by all").fetchall()
        return found

    def operations(self) -> list[list[tuple[Any, ...]]]:
        """Feeds and the load log, without the time of loading."""
        return [
            self.query("select * from ops.feeds order by all"),
            self.query("select * from ops.feed_contracts order by all"),
            self.query("select * exclude (loaded_at) from ops.load_log order by all"),
        ]
