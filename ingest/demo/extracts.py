"""Writing canonical extract files, one folder per contract and date, with bounded memory."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ingest.demo.tables import TABLES
from ingest.demo.timeline import DAY, Timeline

BUFFERED_ROWS = 200_000
"""Rows held before they are appended to their files."""

FileKey = tuple[str, str, int]
"""Contract, part, day number."""


class ExtractWriter:
    """Appends rows to ``<inbox>/<contract>/<date>/<file>``; a row goes into the extract of the day it happened on."""

    def __init__(self, inbox: Path, timeline: Timeline) -> None:
        self.inbox = inbox
        self.rows: Counter[str] = Counter()
        self._timeline = timeline
        self._end = timeline.days * DAY
        self._buffers: dict[FileKey, list[str]] = {}
        self._buffered = 0
        self._begun: set[FileKey] = set()

    def add(self, contract: str, at: int, values: tuple[str, ...], part: str = "") -> bool:
        """Add one row, in the order of the table's columns; False when its day is after the world's last."""
        if at >= self._end:
            return False
        key = (contract, part, at // DAY)
        line = ",".join(values) if TABLES[contract].format == "csv" else _json_line(contract, values)
        buffer = self._buffers.get(key)
        if buffer is None:
            buffer = self._buffers[key] = []
        buffer.append(line)
        self.rows[contract] += 1
        self._buffered += 1
        if self._buffered >= BUFFERED_ROWS:
            self.flush()
        return True

    def path(self, contract: str, part: str, day: int) -> Path:
        """Where the file of a contract, part and day is."""
        return self.inbox / contract / self._timeline.iso(day) / TABLES[contract].file_name(part)

    def flush(self) -> None:
        """Append what is buffered to the files."""
        for key, lines in self._buffers.items():
            self._append(key, lines)
        self._buffers.clear()
        self._buffered = 0

    def close(self) -> None:
        """Flush, and give every daily table an extract for every day, empty where nothing happened."""
        self.flush()
        for contract, table in TABLES.items():
            if not table.daily:
                continue
            for part in table.parts:
                for day in range(self._timeline.days):
                    if (contract, part, day) not in self._begun:
                        self._write_empty((contract, part, day))

    def _append(self, key: FileKey, lines: Iterable[str]) -> None:
        path = self.path(*key)
        text = "\n".join(lines) + "\n"
        if key in self._begun:
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write(text)
            return
        self._begun.add(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header(key[0]) + text, encoding="utf-8", newline="")

    def _write_empty(self, key: FileKey) -> None:
        path = self.path(*key)
        path.parent.mkdir(parents=True, exist_ok=True)
        if TABLES[key[0]].format == "csv":
            path.write_text(header(key[0]), encoding="utf-8", newline="")
        else:
            path.with_suffix(".json").write_text("[]\n", encoding="utf-8", newline="")


def header(contract: str) -> str:
    """The header line of a CSV table; nothing for NDJSON."""
    table = TABLES[contract]
    return ",".join(table.columns) + "\n" if table.format == "csv" else ""


def _json_line(contract: str, values: tuple[str, ...]) -> str:
    record = {name: value or None for name, value in zip(TABLES[contract].columns, values, strict=True)}
    return json.dumps(record, ensure_ascii=False)
