"""Demonstration worlds shared by the tests of a session, and readers that know nothing of how they were written."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.demo import World, write_world

Row = dict[str, str | None]
BENT = {"orders-extra.csv", "FORD-REJECTED", "FKP-REJECTED", "FDEAL-REJECTED"}
"""Files and keys that are wrong on purpose."""


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The default world with everything delivered."""
    world = write_world(tmp_path_factory.mktemp("faulty") / "inbox")
    world.deliver_all()
    return world


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same world without a fault."""
    return write_world(tmp_path_factory.mktemp("clean") / "inbox", faults=False)


def rows(path: Path) -> Iterator[Row]:
    """The rows of one extract file as text, empty values as None."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        for row in csv.DictReader(text.splitlines()):
            yield {name: value or None for name, value in row.items()}
    elif path.suffix == ".ndjson":
        yield from (json.loads(line) for line in text.splitlines())
    else:
        yield from json.loads(text)


def extract_files(world: World) -> Iterator[tuple[str, str, Path]]:
    """(contract, extract date, file) of everything in the inbox."""
    for path in sorted(world.inbox.glob("*/*/*")):
        if not path.name.endswith(".control.json"):
            yield path.parent.parent.name, path.parent.name, path


def contract_rows(world: World, contract: str) -> list[Row]:
    """All rows of a contract, in order of extract date."""
    return [row for name, _, path in extract_files(world) if name == contract for row in rows(path)]


def file_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its relative name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
