"""Homes for end-to-end tests: a small business of some days, runs in processes of their own, and what was published."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import IO

import duckdb

from ingest.demo import write_world
from tests.documentation import codes_in, documented_codes

FIRST, SECOND = date(2026, 10, 1), date(2026, 10, 2)
ROOT = Path(__file__).parent.parent.parent
SVERKA = [sys.executable, "-c", "from ingest.cli import main; main()"]


def write_inbox(home: Path) -> None:
    """Two days of a business without faults, and on the second a file with one row that cannot be read."""
    write_world(home / "inbox", days=2, faults=False, payments_per_day=4)
    broken = home / "inbox" / "website.payments" / SECOND.isoformat() / "broken.csv"
    broken.write_text(
        "payment_id,order_id,amount,currency,status,status_source,created_at\n"
        'w-1,o-1,"1 234,50",AMD,paid,webhook,2026-10-02T10:00:00+04:00\n',
        encoding="utf-8",
    )


def environment(home: Path | None = None) -> dict[str, str]:
    """The environment of a command in a home; it finds the packages of this checkout."""
    chosen = {} if home is None else {"SVERKA_HOME": str(home)}
    return {**os.environ, "PYTHONPATH": str(ROOT), **chosen}


def sverka(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*SVERKA, *arguments]
    return subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)


def published(home: Path) -> Path:
    """What readers of a home open."""
    return home / "published" / "sverka.duckdb"


def table_hashes(database: Path) -> dict[str, tuple[int, str]]:
    """Per table the number of rows and a hash over them, whatever their order; with the comments under `comments`."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        hashes = {
            f"{schema}.{table}": connection.execute(
                f'select count(*), coalesce(sum(hash(t)::hugeint), 0)::varchar from "{schema}"."{table}" as t'
            ).fetchall()[0]
            for schema, table in tables
        }
        comments = "select count(*), coalesce(sum(hash(table_name, column_name, comment)::hugeint), 0)::varchar"
        hashes["comments"] = connection.execute(f"{comments} from duckdb_columns()").fetchall()[0]
        return hashes


def query(database: Path, sql: str) -> list[tuple]:
    """All rows of a query on a published database."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def not_shown(database: Path) -> set[tuple[str, str]]:
    """Code and subject of the open exceptions that one of the documented queries for their code leaves out."""
    found = query(database, "select exception_code, subject_id from marts.fct_exceptions where state = 'open'")
    answers = {sql: query(database, sql) for code in documented_codes() for sql in code.queries}
    shown = {sql: {tuple(row[:2]) for row in rows} for sql, rows in answers.items()}
    return {
        (code, subject)
        for code, subject in found
        for sql in shown
        if code in codes_in(sql) and (code, subject) not in shown[sql]
    }


def answer(result: "subprocess.CompletedProcess[str] | Command") -> dict:
    """The JSON a command printed, after making sure that it went well."""
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def copy_parts(source: Path, target: Path, *names: str) -> Path:
    """A new home with some parts of another."""
    target.mkdir(parents=True, exist_ok=True)
    for name in names:
        part = source / name
        if part.is_dir():
            shutil.copytree(part, target / name)
        elif part.exists():
            shutil.copy2(part, target / name)
    return target


class Zygote:
    """Starts commands as forks of a process that has imported everything already, see zygote.py."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        command = [sys.executable, "-m", "tests.e2e.zygote"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )

    def start(self, home: Path, *arguments: str) -> "Command":
        """Start `sverka <arguments>` in a home."""
        self._number += 1
        stdout, stderr = (self._folder / f"{self._number}.{name}" for name in ("out", "err"))
        order = {"arguments": arguments, "home": str(home), "stdout": str(stdout), "stderr": str(stderr)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Command(int(self._process.stdout.readline()), self._process.stdout, stdout, stderr)

    def run(self, home: Path, *arguments: str) -> "Command":
        """Run `sverka <arguments>` to its end."""
        command = self.start(home, *arguments)
        command.wait()
        return command

    def close(self) -> None:
        """End the process; commands must have ended."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Command:
    """A running or ended command."""

    def __init__(self, pid: int, ends: IO[str], stdout: Path, stderr: Path) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ends, self._stdout, self._stderr = ends, stdout, stderr

    @property
    def stdout(self) -> str:
        return self._stdout.read_text(encoding="utf-8") if self._stdout.exists() else ""

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8") if self._stderr.exists() else ""

    def wait(self) -> int:
        """The exit code; minus the signal when it was killed."""
        if self.returncode is None:
            self.returncode = int(self._ends.readline())
        return self.returncode

    def wait_for(self, pattern: str, seconds: float = 300) -> None:
        """Wait until its progress matches `pattern`; fails when it ends or takes too long before that."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.stderr):
            is_over = not Path(f"/proc/{self.pid}").exists()
            assert time.monotonic() < deadline and not is_over, f"never said {pattern!r}:\n{self.stderr}"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL: it cannot clean up."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL
