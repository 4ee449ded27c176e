"""One step of the benchmark, run by `bench.py` as a process of its own: `python -m tests.benchmarks.steps STEP …`."""

import json
import sys
import time
from collections import deque
from datetime import date, timedelta
from pathlib import Path

BASELINE = Path(__file__).with_name("baseline.sql")
PART = "---------- part: "


def baseline_statements(part: str, inbox: Path) -> str:
    """The SQL of one part of the script (`load` or `match`), reading the given inbox."""
    parts = BASELINE.read_text(encoding="utf-8").split(PART)[1:]
    named = dict(text.split("\n", 1) for text in parts)
    return named[part].replace("{inbox}", str(inbox).replace("'", "''"))


def baseline(parts: str, home: str, threads: str) -> None:
    import duckdb

    with duckdb.connect(str(Path(home) / "baseline.duckdb"), config={"threads": threads}) as connection:
        for part in parts.split("+"):
            connection.execute(baseline_statements(part, Path(home) / "inbox")).fetchall()


def generate(home: str, scale: str, days: str) -> None:
    """A world without faults: the script's typed readers would stop at the first bad row."""
    from ingest.demo import write_world

    write_world(Path(home) / "inbox", scale=int(scale), days=int(days), faults=False)


def count(home: str) -> None:
    """Prints what the home's inbox holds, as JSON: payments, rows of all files, bytes."""
    import duckdb

    inbox = Path(home) / "inbox"
    with duckdb.connect() as connection:
        query = "select count(distinct payment_id) from read_csv(?, header = true, all_varchar = true)"
        [(payments,)] = connection.execute(query, [str(inbox / "website.payments" / "*" / "*.csv")]).fetchall()
    files = [path for path in inbox.rglob("*") if path.is_file() and path.suffix in (".csv", ".ndjson")]
    rows = 0
    for path in files:
        with path.open("rb") as stream:
            rows += sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
        rows -= path.suffix == ".csv"
    print(json.dumps({"payments": payments, "rows": rows, "bytes": sum(path.stat().st_size for path in files)}))


def ingest(home: str, as_of: str) -> None:
    from ingest import load
    from ingest.settings import Home

    load.land(Home(Path(home)), date.fromisoformat(as_of))
    load.load(Home(Path(home)), date.fromisoformat(as_of), None)


def transform(home: str, as_of: str) -> None:
    from dagster_app import dbt_build
    from ingest.settings import Home

    failures = dbt_build.build(Path(home), as_of, Home(Path(home)).timezone, lambda event: None)
    if failures:
        sys.exit(dbt_build.explain_failures(failures, Path(home) / "warehouse.duckdb"))


def whole(home: str, as_of: str) -> None:
    """`sverka run`, the home in SVERKA_HOME."""
    from ingest.cli import main

    main(["run", "--date", as_of, "--json"])


def empty_day(home: str, as_of: str) -> None:
    """Gives every contract of the inbox an extract without rows for the day after `as_of`."""
    after = (date.fromisoformat(as_of) + timedelta(days=1)).isoformat()
    for feed in sorted((Path(home) / "inbox").iterdir()):
        for path in sorted((feed / as_of).iterdir()):
            target = feed / after / path.name
            target.parent.mkdir(exist_ok=True)
            if path.suffix == ".csv":
                with path.open(encoding="utf-8") as stream:
                    target.write_text(stream.readline(), encoding="utf-8")
            else:
                target.with_suffix(".json").write_text("[]\n", encoding="utf-8")


def parse(name: str, path: str) -> None:
    """Parses a long file of a format. Prints the rows, and what ``_cost`` says."""
    from ingest.formats import FORMATS
    from ingest.formats.base import Row
    from tests.formats.long_files import LONG

    long = LONG[name]
    parser, options = FORMATS[long.format], long.options(Path(path).name)
    with Path(path).open("rb") as stream:
        started = time.process_time()
        rows = sum(isinstance(item, Row) for item in parser.parse(stream, options))
    print(json.dumps(_cost(started) | {"rows": rows}))


def read(reader: str, path: str) -> None:
    """Reads a file with json.loads, lxml, csv or as lines. Prints what ``_cost`` says."""
    import csv

    from lxml import etree

    started = time.process_time()
    if reader == "json":
        json.loads(Path(path).read_bytes())
    elif reader == "lxml":
        etree.parse(path)
    else:
        with Path(path).open(encoding="utf-8", newline="") as stream:
            lines = csv.reader(stream, delimiter=reader[-1]) if reader.startswith("csv") else stream
            deque[object](lines, maxlen=0)
    print(json.dumps(_cost(started)))


def _cost(started: float) -> dict[str, float]:
    """The processor's seconds since then, and the process's peak resident memory in MB."""
    seconds = time.process_time() - started
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    [peak] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return {"seconds": seconds, "memory": int(peak) * 1024 / 1e6}


STEPS = {step.__name__: step for step in (baseline, generate, count, ingest, transform, whole, empty_day, parse, read)}

if __name__ == "__main__":
    STEPS[sys.argv[1]](*sys.argv[2:])
