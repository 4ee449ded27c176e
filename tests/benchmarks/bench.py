"""`make bench`: the daily job on a generated world, beside a plain SQL script that loads and matches the same files;
then how fast each native format is parsed (``parsing.py``).

Every step is a cold process of its own, pinned to the same processors, on files the system has just read or written.
Peak memory is the greatest resident set of the process or a child of it, as the kernel counts it.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ingest.demo.world import PAYMENTS_PER_DAY
from ingest.formats import FORMATS
from tests.benchmarks.parsing import cells, gigabyte, parsing

ROOT = Path(__file__).parents[2]
STATE = ("landing", "lake", "published", "reports", "dagster", ".dbt")


@dataclass(frozen=True)
class Cost:
    """What a step took: seconds on the clock and of processors, peak resident memory in GiB."""

    seconds: float
    processor: float
    memory: float


@dataclass(frozen=True)
class Line:
    """A row of the table: Sverka's cost, and that of the script where it does the same."""

    name: str
    ours: Cost
    plain: Cost | None
    rows: int


def measure(home: Path, *arguments: str) -> Cost:
    """Run one step cold and wait for it. Exits with the step's own words when it fails."""
    environment = os.environ | {"SVERKA_HOME": str(home), "PYTHONPATH": str(ROOT)}
    home.mkdir(parents=True, exist_ok=True)
    log = home / "step.log"
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.steps", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{log.read_text(encoding='utf-8')}\nthe step {' '.join(arguments)} ended with {process.returncode}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def forget(home: Path) -> None:
    """Remove everything a run has written, never the inbox."""
    for name in STATE:
        shutil.rmtree(home / name, ignore_errors=True)
    for pattern in ("warehouse.duckdb*", "baseline.duckdb*", "run.lock", "step.log"):
        for path in home.glob(pattern):
            path.unlink()


def last_date(home: Path) -> date:
    return max(date.fromisoformat(path.name) for path in (home / "inbox" / "provider.payments").iterdir())


def contents(home: Path) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.benchmarks.steps", "count", str(home)]
    return dict(json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout))


def prepare(folder: Path, payments: int, days: int) -> Path:
    """A home whose inbox holds about that many payments; written once, used again by the next benchmark."""
    home = folder / f"payments-{payments}-days-{days}"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        scale = max(1, math.ceil(payments / (PAYMENTS_PER_DAY * days)))
        cost = measure(home, "generate", str(home), str(scale), str(days))
        say(f"wrote a world of {days} days in {cost.seconds:.0f} s")
        (home / "complete").touch()
    return home


def run(home: Path, cpus: int, rows: int) -> list[Line]:
    """All steps, each on a home that knows no more than the step needs."""
    as_of = last_date(home)
    day = as_of.isoformat()

    def timed(name: str, *arguments: str) -> Cost:
        say(f"{name} …")
        cost = measure(home, *arguments)
        say(f"{name}: {cost.seconds:.1f} s, {cost.processor:.1f} s of processor, {cost.memory:.2f} GiB")
        return cost

    forget(home)
    plain_load = timed("plain SQL: load", "baseline", "load", str(home), str(cpus))
    plain_match = timed("plain SQL: match", "baseline", "match", str(home), str(cpus))
    forget(home)
    plain_whole = timed("plain SQL: load and match", "baseline", "load+match", str(home), str(cpus))
    forget(home)
    ingest = timed("Sverka: ingest", "ingest", str(home), day)
    transform = timed("Sverka: transform and tests", "transform", str(home), day)
    forget(home)
    whole = timed("Sverka: whole run", "whole", str(home), day)
    measure(home, "empty_day", str(home), day)
    after = timed("Sverka: a day without news", "whole", str(home), (as_of + timedelta(days=1)).isoformat())
    remove_date(home, as_of + timedelta(days=1))
    forget(home)
    return [
        Line("ingest", ingest, plain_load, rows),
        Line("transform with tests", transform, plain_match, rows),
        Line("whole run", whole, plain_whole, rows),
        Line("a day without news after it", after, None, 0),
    ]


def remove_date(home: Path, day: date) -> None:
    for folder in (home / "inbox").glob(f"*/{day}"):
        shutil.rmtree(folder)


def empty_home(folder: Path) -> Line:
    """A run on nothing at all but one empty extract for each contract: what starting up costs."""
    home, sample = folder / "empty", folder / "empty-sample"
    for path in (home, sample):
        shutil.rmtree(path, ignore_errors=True)
    measure(sample, "generate", str(sample), "1", "1")
    day = last_date(sample)
    measure(sample, "empty_day", str(sample), day.isoformat())
    remove_date(sample, day)
    home.mkdir(parents=True)
    (sample / "inbox").rename(home / "inbox")
    say("Sverka: an empty day …")
    cost = measure(home, "whole", str(home), (day + timedelta(days=1)).isoformat())
    for path in (home, sample):
        shutil.rmtree(path)
    return Line("an empty day in an empty home", cost, None, 0)


def table(lines: list[Line]) -> str:
    """The results of the daily job as a Markdown table, which is readable as it is."""
    rows = [["step", "Sverka, s", "plain SQL, s", "ratio", "CPU, s", "plain CPU, s", "GiB", "plain GiB", "rows/s"]]
    rows += [
        [
            line.name,
            f"{line.ours.seconds:.1f}",
            f"{line.plain.seconds:.1f}" if line.plain else "",
            f"{line.ours.seconds / line.plain.seconds:.1f}" if line.plain else "",
            f"{line.ours.processor:.1f}",
            f"{line.plain.processor:.1f}" if line.plain else "",
            f"{line.ours.memory:.2f}",
            f"{line.plain.memory:.2f}" if line.plain else "",
            f"{line.rows / line.ours.seconds:,.0f}".replace(",", " ") if line.rows else "",
        ]
        for line in lines
    ]
    return markdown(rows)


def markdown(rows: list[list[str]]) -> str:
    """Rows of cells, the head first, as a Markdown table with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in [rows[0], rule, *rows[1:]])


def _line(cells: list[str], widths: list[int]) -> str:
    name, *figures = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"| {' | '.join([name.strip().ljust(widths[0]), *figures])} |"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition(";")[0])
    parser.add_argument("--payments", type=int, default=1_000_000, help="about how many payments (default: 1000000)")
    parser.add_argument("--days", type=int, default=21, help="over how many days (default: 21)")
    parser.add_argument("--cpus", type=int, default=2, help="processors both sides may use (default: 2)")
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "bench", help="where the worlds are kept")
    parser.add_argument("--only", choices=("job", "parsing"), help="one of the two parts alone (default: both)")
    parser.add_argument("--megabytes", type=int, default=30, help="about how large each parsed file is (default: 30)")
    parser.add_argument(
        "--formats",
        nargs="+",
        default=(),
        choices=FORMATS,
        metavar="FORMAT",
        help="parse these formats alone (default: all)",
    )
    parser.add_argument("--gigabyte", action="store_true", help="parse files of 1 GB too: memory must stay bounded")
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cpus])  # the steps inherit it
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.only != "parsing":
        job(options)
    if options.only != "job":
        folder = options.folder.absolute() / "formats"
        print(markdown(cells(parsing(folder, options.megabytes, options.formats))), end="\n\n")
        if options.gigabyte:
            print(markdown(cells(gigabyte(folder, options.formats))))


def job(options: argparse.Namespace) -> None:
    home = prepare(options.folder.absolute(), options.payments, options.days)
    size = contents(home)
    world = f"{size['payments']} payments, {size['rows']} rows in {size['bytes'] / 2**20:.0f} MiB of files"
    world += f", {options.days} days, {options.cpus} processors"
    say(world)
    lines = [*run(home, options.cpus, size["rows"]), empty_home(options.folder.absolute())]
    print(world, end="\n\n")
    print(table(lines), end="\n\n")


if __name__ == "__main__":
    main()
