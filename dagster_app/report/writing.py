"""Writing a day's report so that nobody ever opens a half-written file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from dagster_app.queries.connection import PublishedHome


def write(home: PublishedHome, as_of: date) -> list[Path]:
    """Write `reports/<as_of>/report.html` and `exceptions.xlsx` from published; returns their paths.

    Each file appears whole or not at all. Raises NothingPublishedError, or WrongDateError when published holds another
    date.
    """
    from dagster_app.report.data import gather
    from dagster_app.report.excel import write_workbook
    from dagster_app.report.html import render

    data = gather(home, as_of)
    folder = home.reports / as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    page, workbook = folder / "report.html", folder / "exceptions.xlsx"
    text = render(data)
    atomically(page, lambda path: _write_text(path, text))
    atomically(workbook, lambda path: write_workbook(home, data, path))
    return [page, workbook]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def atomically(path: Path, write_to: Callable[[Path], None]) -> None:
    """Write beside the file and rename over it; a failure leaves the old file and no litter."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write_to(part)
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
