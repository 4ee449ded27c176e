"""Every fixture of a format against the golden file beside it.

A golden file keeps what the parser is told (options, contracts, encoding, decimal_comma) and what it must give.
A fixture without one fails;
``pytest tests/formats --update-golden`` writes them anew, to be read before they are committed.
"""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ingest.contract import contract
from ingest.formats import FORMATS
from ingest.formats.base import FileRefused, FormatOptions, Reject

SUFFIX = ".golden.json"
FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
FILES = sorted(
    path.relative_to(FIXTURES).as_posix()
    for path in FIXTURES.glob("*/*")
    if path.is_file() and not path.name.endswith(SUFFIX)
)


def outcome(path: Path, told: dict[str, Any]) -> list[dict[str, Any]] | dict[str, str]:
    options = FormatOptions(
        path.name,
        encoding=told.get("encoding"),
        contracts=tuple(told["contracts"]),
        options=told["options"],
        decimal_comma=told.get("decimal_comma", False),
    )
    try:
        parsed = list(FORMATS[path.parent.name].parse(io.BytesIO(path.read_bytes()), options))
    except FileRefused as refused:
        return {"refused": refused.reason, "message": refused.message}
    return [
        {"contract": item.contract, "row": item.row_number}
        | ({"reject": [item.column, item.value, item.reason]} if isinstance(item, Reject) else {"values": item.values})
        for item in parsed
    ]


@pytest.mark.parametrize("name", FILES)
def test_fixture_gives_its_golden_outcome(name: str, update_golden: bool) -> None:
    path = FIXTURES / name
    golden = path.with_name(path.name + SUFFIX)
    if update_golden:
        told = json.loads(golden.read_text("utf-8")) if golden.exists() else {"options": {}, "contracts": []}
        told["outcome"] = outcome(path, told)
        golden.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert golden.exists(), (
        f"{name} has no golden file: run pytest tests/formats --update-golden and read what it writes"
    )
    expected = json.loads(golden.read_text("utf-8"))
    assert outcome(path, expected) == expected["outcome"]


def test_no_golden_file_without_its_fixture() -> None:
    orphans = [
        path.name
        for path in FIXTURES.glob(f"*/*{SUFFIX}")
        if not path.with_name(path.name.removesuffix(SUFFIX)).exists()
    ]
    assert orphans == []


@pytest.mark.parametrize("name", FILES)
def test_values_are_columns_of_their_contract(name: str) -> None:
    """A misspelt column would be NULL for ever."""
    expected = json.loads((FIXTURES / (name + SUFFIX)).read_text("utf-8"))["outcome"]
    for item in expected if isinstance(expected, list) else []:
        columns = {column.name: column for column in contract(item["contract"]).columns}
        for column, value in item.get("values", {}).items():
            assert column in columns
            if columns[column].values and value is not None:
                assert value in columns[column].values
        for column in columns.values():
            if "values" in item and column.required and column.default is None:
                assert item["values"].get(column.name) is not None, column.name


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"table"}))
def test_every_contract_of_a_format_is_seen_in_a_golden_row(name: str) -> None:
    seen = set()
    for path in (FIXTURES / name).glob(f"*{SUFFIX}"):
        found = json.loads(path.read_text("utf-8"))["outcome"]
        seen |= {item["contract"] for item in found if "values" in item} if isinstance(found, list) else set()
    assert seen == set(FORMATS[name].CONTRACTS)
