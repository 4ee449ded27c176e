"""Replay end to end: with nothing changed since, a rebuilt date is what was published for it."""

import hashlib

from tests.e2e import homes


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_replayed_date_equals_what_was_published_and_touches_nothing(undisturbed, zygote):
    kept = [homes.published(undisturbed), undisturbed / "warehouse.duckdb"]
    before = [digest(path) for path in kept]
    runs = sorted((undisturbed / "dagster" / "history").rglob("*"))

    answer = homes.answer(zygote.run(undisturbed, "replay", "--as-of", str(homes.SECOND), "--json"))

    assert answer["as_of"] == str(homes.SECOND)
    replayed = undisturbed / "replays" / f"{homes.SECOND}.duckdb"
    assert homes.table_hashes(replayed) == homes.table_hashes(homes.published(undisturbed))
    assert [digest(path) for path in kept] == before
    assert sorted((undisturbed / "dagster" / "history").rglob("*")) == runs
    assert [path.name for path in (undisturbed / "replays").iterdir() if path.is_dir()] == []
    comparison = homes.answer(zygote.run(undisturbed, "compare", "published", str(homes.SECOND), "--json"))
    assert (comparison["is_equal"], comparison["same_date"], comparison["not_compared"]) == (True, True, [])
