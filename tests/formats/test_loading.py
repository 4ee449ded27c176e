"""Rows of the golden files pass the typing of their contracts: what a parser gives loads, what it rejects does not."""

import json
from collections import Counter
from pathlib import Path

import yaml

from ingest.contract import contract
from tests.ingest.lab import Lab

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
SUFFIX = ".golden.json"


def test_every_golden_row_loads_and_every_golden_reject_is_quarantined(tmp_path: Path) -> None:
    """As many fixtures as show each contract of each format."""
    lab = Lab(tmp_path)
    feeds = []
    seen: set[tuple[str, str]] = set()
    expected = Counter[tuple[str, str, bool]]()
    for golden in sorted(FIXTURES.glob(f"*/*{SUFFIX}")):
        told = json.loads(golden.read_text("utf-8"))
        if not isinstance(told["outcome"], list):
            continue
        kinds = {(golden.parent.name, item["contract"]) for item in told["outcome"]}
        if kinds <= seen:
            continue
        seen |= kinds
        fixture = golden.with_name(golden.name.removesuffix(SUFFIX))
        feed = f"{golden.parent.name}-{fixture.name}"
        feeds.append({"name": feed, "format": golden.parent.name})
        feeds[-1] |= {"options": told["options"], "contracts": sorted({name for _, name in kinds})}
        feeds[-1] |= {key: told[key] for key in ("encoding", "decimal_comma") if told.get(key)}
        lab.put(fixture.name, fixture.read_bytes(), feed)
        expected.update((feed, item["contract"], "values" in item) for item in told["outcome"])
    lab.configure(yaml.safe_dump({"feeds": feeds}, allow_unicode=True))
    lab.run()
    tables = {name.replace(".", "__", 1): name for _, name, _ in expected}
    loaded = Counter[tuple[str, str, bool]]()
    for table, name in tables.items():
        assert contract(name)
        for feed, count in lab.query(f"select _feed, count(*) from raw.{table} group by all"):
            loaded[feed, name, True] = count
    for feed, name, count in lab.query("select feed, contract, count(*) from ops.rejected_rows group by all"):
        loaded[feed, name, False] = count
    assert loaded == expected
    assert lab.query("select * from ops.load_log where refusal_reason is not null") == []
