"""Decisions as files: all columns, one chain, and every way to tamper with it is told with its place."""

import json
import multiprocessing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest import decisions
from ingest.contract import contract
from ingest.decisions import HASH, PREVIOUS, DecisionError, read_chain, record_hash, writing
from ingest.home import Home
from ingest.settings import extract_dates, latest_extract_date
from tests.ingest.lab import Lab

DAY = date(2026, 11, 20)
NEXT_DAY = date(2026, 11, 21)


def decide(home: Home, day: date = DAY, **values: str) -> Path:
    with writing(home) as writer:
        moment = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        fixed = {
            "decision_id": writer.new_id(day),
            "decision_type": "resolve",
            "exception_id": "e" * 32,
            "actor": "anna",
            "reason": "Сверено; карта 4111 1111 1111 1111",
            "decided_at": decisions.utc_text(moment),
        }
        return writer.append(fixed | values, day)


def rewrite(path: Path, **values: object) -> None:
    record = json.loads(path.read_text(encoding="utf-8")) | values
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")


def test_a_record_has_every_column_and_loads_without_a_word_to_anybody(lab: Lab) -> None:
    path = decide(lab.home)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert set(record) == {*contract("manual.decisions").column_names, PREVIOUS, HASH}
    report = lab.run(DAY)
    assert (report.problems, report.refused) == ([], [])
    assert lab.rejects() == []
    assert lab.query("select message, unknown_columns from ops.load_log") == [(None, "previous_hash, hash")]
    [row] = lab.query("select decision_id, actor, reason, decided_at, approved_by from raw.manual__decisions")
    assert row[1:] == ("anna", "Сверено; карта 4111 11** **** 1111", datetime(2026, 11, 20, 8), None)


def test_nothing_is_overwritten_and_nothing_unfinished_stays(lab: Lab) -> None:
    paths = {decide(lab.home) for _ in range(3)}
    assert set((lab.home.inbox / "manual.decisions" / str(DAY)).iterdir()) == paths
    assert len(paths) == 3


@pytest.mark.parametrize("landed_between", [False, True])
def test_an_approval_of_the_same_date_wins_whatever_the_names(lab: Lab, landed_between: bool) -> None:
    path = decide(lab.home)
    record = json.loads(path.read_text(encoding="utf-8"))
    if landed_between:
        lab.run(DAY)
    approval = record | {"approved_by": "boris", "approved_at": "2026-11-20T09:00:00.000000Z"}
    assert decide(lab.home, **approval).name > path.name
    lab.run(DAY)
    last = "select approved_by from raw.manual__decisions order by _extract_date desc, _delivery desc limit 1"
    assert lab.column(last) == ["boris"]
    assert read_chain(lab.home).version(record["decision_id"])["approved_by"] == "boris"
    assert read_chain(lab.home).count == 1


def test_the_chain_runs_over_dates_landing_and_inbox(lab: Lab) -> None:
    first = decide(lab.home)
    lab.run(DAY)
    first.unlink()
    second = decide(lab.home, NEXT_DAY)
    decide(lab.home)
    chain = read_chain(lab.home)
    assert json.loads(second.read_text(encoding="utf-8"))[PREVIOUS] in {r.values[HASH] for r in chain.records}
    assert (chain.count, chain.problems) == (3, [])
    assert chain.summary() == "Decisions: 3, chain intact"


def test_a_changed_record_is_named(lab: Lab) -> None:
    paths = [decide(lab.home) for _ in range(3)]
    rewrite(paths[1], reason="другое")
    [problem] = read_chain(lab.home).problems
    assert f"inbox/manual.decisions/{DAY}/{paths[1].name} was changed" in problem
    assert read_chain(lab.home).summary() == "Decisions: 3, chain BROKEN"


def test_a_record_changed_in_the_inbox_after_it_landed_is_named(lab: Lab) -> None:
    path = decide(lab.home)
    lab.run(DAY)
    rewrite(path, actor="boris")
    [problem] = read_chain(lab.home).problems
    assert problem.startswith(f"inbox/manual.decisions/{DAY}/{path.name} was changed")


def test_a_change_with_its_hash_made_anew_still_breaks_the_chain(lab: Lab) -> None:
    paths = [decide(lab.home) for _ in range(3)]
    record = json.loads(paths[1].read_text(encoding="utf-8")) | {"actor": "mallory"}
    rewrite(paths[1], actor="mallory", hash=record_hash(record))
    [problem] = read_chain(lab.home).problems
    assert problem == f"the record before inbox/manual.decisions/{DAY}/{paths[2].name} is missing"


def test_a_missing_record_is_told_by_the_one_after_it(lab: Lab) -> None:
    paths = [decide(lab.home) for _ in range(3)]
    paths[0].unlink()
    [problem] = read_chain(lab.home).problems
    assert "the record before" in problem
    assert paths[1].name in problem


def test_a_fork_is_told_with_both_records(lab: Lab, tmp_path: Path) -> None:
    decide(lab.home)
    other = Lab(tmp_path / "other")
    twin = decide(other.home)
    target = lab.home.inbox / "manual.decisions" / str(DAY) / twin.name
    target.write_bytes(twin.read_bytes())
    [problem] = read_chain(lab.home).problems
    assert "the chain forks: 2 records follow the same one" in problem
    assert twin.name in problem


def test_a_record_under_another_date_is_told(lab: Lab) -> None:
    path = decide(lab.home)
    target = lab.home.inbox / "manual.decisions" / str(NEXT_DAY) / path.name
    target.parent.mkdir()
    target.write_bytes(path.read_bytes())
    problems = " ".join(read_chain(lab.home).problems)
    assert "is a copy of" in problems
    path.unlink()
    assert f"belongs under {DAY}" in " ".join(read_chain(lab.home).problems)


def test_landing_that_lost_a_record_is_told(lab: Lab) -> None:
    path = decide(lab.home)
    lab.run(DAY)
    path.unlink()
    for stored in (lab.home.landing / "objects").rglob("*"):
        if stored.is_file():
            stored.unlink()
    [problem] = read_chain(lab.home).problems
    assert "is missing from landing" in problem


def test_an_unreadable_record_of_ours_is_told(lab: Lab) -> None:
    decide(lab.home).write_text("{", encoding="utf-8")
    [problem] = read_chain(lab.home).problems
    assert "cannot be read any more" in problem


def test_records_by_hand_are_counted_and_are_no_break(lab: Lab) -> None:
    path = decide(lab.home)
    lab.put("a.csv", "decision_id;actor\nh-1;x\nh-2;y\n", feed="manual.decisions", day=DAY)
    lab.put("b.ndjson", '{"decision_id": "h-3"}\n', feed="manual.decisions", day=DAY)
    lab.put("c.json", '[{"decision_id": "h-4"}]', feed="manual.decisions", day=DAY)
    lab.put("broken.ndjson", "{", feed="manual.decisions", day=DAY)
    chain = read_chain(lab.home)
    assert (chain.count, len(chain.by_hand), chain.problems) == (5, 4, [])
    assert chain.summary() == "Decisions: 5, chain intact; records delivered by hand: 4"
    own = json.loads(path.read_text(encoding="utf-8"))["decision_id"]
    lab.put("d.csv", f"decision_id,approved_by\n{own},mallory\n", feed="manual.decisions", day=DAY)
    [problem] = read_chain(lab.home).problems
    assert f"gives decision {own} again" in problem


def test_a_home_without_decisions(lab: Lab) -> None:
    assert read_chain(lab.home).summary() == "Decisions: 0, chain intact"


def _decide_some(path: str, number: int) -> None:
    for _ in range(number):
        decide(Home(Path(path)))


def test_two_processes_at_once_do_not_fork_the_chain(lab: Lab) -> None:
    workers = [multiprocessing.Process(target=_decide_some, args=(str(lab.home.path), 15)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    chain = read_chain(lab.home)
    assert (chain.count, chain.problems) == (30, [])


def test_a_feed_declared_in_another_form_takes_no_decisions(lab: Lab) -> None:
    lab.configure("feeds:\n  - name: manual.decisions\n    contracts: [manual.decisions]\n    encoding: cp1251\n")
    with pytest.raises(DecisionError, match="another form"):
        decide(lab.home)


def test_decisions_do_not_move_the_date_of_a_run(lab: Lab) -> None:
    lab.put("a.csv", "provider_payment_id\n", day=DAY)
    decide(lab.home, NEXT_DAY)
    assert latest_extract_date(lab.home) == DAY
    lab.run(NEXT_DAY)
    assert extract_dates(lab.home) == [DAY]


def test_a_declared_feed_of_decisions_alone_does_not_either_but_one_with_more_does(lab: Lab) -> None:
    lab.configure(
        "feeds:\n"
        "  - name: desk\n    contracts: [manual.decisions]\n"
        "  - name: both\n    contracts: [manual.decisions, crm.deals]\n"
    )
    lab.put("a.csv", "decision_id\n", feed="desk", day=NEXT_DAY)
    assert extract_dates(lab.home) == []
    lab.put("manual.decisions.csv", "decision_id\n", feed="both", day=DAY)
    assert extract_dates(lab.home) == [DAY]
