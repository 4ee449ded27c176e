"""How fast each format is parsed, beside json.loads, lxml or csv reading the same file, and in how much memory.

Each measurement is a cold process of its own (``steps.py``); its seconds are the processor's while it reads, without
starting Python. It is the parser that is measured, up to its rows; a run then writes and types them as those of any
other file.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.formats.base import LARGEST_DOCUMENT
from tests.formats.long_files import LONG, Long

ROOT = Path(__file__).parents[2]
READERS = {"json": "json.loads", "lxml": "lxml", "csv,": "csv", "csv;": "csv", "lines": "text lines"}
LARGEST_PEAK = 300
"""MB that a streaming format may take, however long its file is; it is tried on a GIGABYTE."""
GIGABYTE = 10**9


@dataclass(frozen=True)
class Reading:
    """Seconds of processor, peak resident memory of the process in MB (10^6 bytes), and rows where they were made."""

    seconds: float
    memory: float
    rows: int = 0


@dataclass(frozen=True)
class Parsing:
    """A row of the table. ``size`` is in MB; ``plain`` is None where nothing else was measured."""

    name: str
    size: float
    ours: Reading
    plain: Reading | None


def measured(*arguments: str) -> Reading:
    """What a step says of itself. Exits with the step's own words when it fails."""
    command = [sys.executable, "-m", "tests.benchmarks.steps", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    if done.returncode != 0:
        sys.exit(f"{done.stderr}\nthe step {' '.join(arguments)} ended with {done.returncode}")
    return Reading(**json.loads(done.stdout))


def chosen(formats: Sequence[str]) -> dict[str, Long]:
    """The long files of the formats of these names, of all when none is named."""
    return {name: long for name, long in LONG.items() if not formats or long.format in formats}


def parsing(folder: Path, megabytes: int, formats: Sequence[str] = ()) -> list[Parsing]:
    """Every format on a file of about so many MB, or of what it reads at once where that is less."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, long in chosen(formats).items():
        path = folder / long.format
        long.write(path, megabytes * 10**6 if long.is_streamed else min(megabytes * 10**6, LARGEST_DOCUMENT * 9 // 10))
        plain = measured("read", long.reader, str(path))
        lines.append(_told(Parsing(name, path.stat().st_size / 1e6, measured("parse", name, str(path)), plain)))
        path.unlink()
    return lines


def gigabyte(folder: Path, formats: Sequence[str] = ()) -> list[Parsing]:
    """The streaming formats on a file of 1 GB. Exits when one of them takes more memory than LARGEST_PEAK."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, long in chosen(formats).items():
        if not long.is_streamed:
            continue
        path = folder / long.format
        long.write(path, GIGABYTE)
        line = _told(Parsing(name, path.stat().st_size / 1e6, measured("parse", name, str(path)), None))
        path.unlink()
        if line.ours.memory > LARGEST_PEAK:
            sys.exit(f"{name} takes {line.ours.memory:.0f} MB for a file of 1 GB, more than {LARGEST_PEAK} MB")
        lines.append(line)
    return lines


def _told(line: Parsing) -> Parsing:
    """Says how far it is."""
    print(" · ".join(filter(None, _row(line))), file=sys.stderr, flush=True)
    return line


def cells(lines: list[Parsing]) -> list[list[str]]:
    """The table's cells, its head first."""
    head = ["format", "read whole", "file, MB", "rows/s", "MB/s", "beside", "its MB/s", "ratio", "peak, MB", "its peak"]
    return [head, *map(_row, lines)]


def _row(line: Parsing) -> list[str]:
    long, ours, plain = LONG[line.name], line.ours, line.plain
    return [
        line.name,
        "" if long.is_streamed else "whole",
        f"{line.size:.0f}",
        f"{ours.rows / ours.seconds:,.0f}".replace(",", " "),
        f"{line.size / ours.seconds:.1f}",
        READERS[long.reader] if plain else "",
        f"{line.size / plain.seconds:.0f}" if plain else "",
        f"{ours.seconds / plain.seconds:.1f}" if plain else "",
        f"{ours.memory:.0f}",
        f"{plain.memory:.0f}" if plain else "",
    ]
