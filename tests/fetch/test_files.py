"""Pulling the files of a folder: which are taken, and which settings cannot be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.errors import ConfigurationError
from ingest.fetch import files, pulling
from ingest.settings import feeds
from tests.fetch.drop import FIRST, SECOND, THIRD, Drop, content, put
from tests.ingest.lab import Lab

MORNING = "2026-11-20T08:00+04:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "exchange"
    folder.mkdir()
    return folder


@pytest.fixture
def drop(lab: Lab, folder: Path) -> Drop:
    drop = Drop(lab)
    drop.configure(url=f"{folder}/*.csv")
    return drop


def test_files_of_the_window_are_copied_verbatim_and_load(drop: Drop, folder: Path) -> None:
    put(folder / "Выписка 1.csv", content(1), MORNING)
    put(folder / "2.csv", content(2), "2026-11-01T00:00+04:00")
    put(folder / "early.csv", content(3), "2026-10-31T23:59+04:00")
    put(folder / "overnight.csv", content(5), "2026-11-21T05:59+04:00")
    put(folder / "next day.csv", content(4), "2026-11-21T06:00+04:00")
    for name in ("other.txt", ".hidden.csv", "x.csv.part", "~$x.csv", "deeper/x.csv"):
        put(folder / name, b"not taken", MORNING)
    assert drop.pull().outcome == "pulled"
    assert drop.files() == {"2.csv": content(2), "overnight.csv": content(5), "Выписка 1.csv": content(1)}
    drop.lab.run(FIRST)
    assert drop.ids() == ["1", "2", "5"]


def test_a_day_ends_at_the_cut_off_of_the_feed(drop: Drop, folder: Path) -> None:
    drop.configure(url=f"{folder}/*.csv", cut_off_hours=0)
    put(folder / "1.csv", content(1), "2026-11-20T23:59+04:00")
    put(folder / "2.csv", content(2), "2026-11-21T00:00+04:00")
    drop.pull()
    assert list(drop.files()) == ["1.csv"]


def test_the_next_day_takes_what_is_new_or_has_changed(drop: Drop, folder: Path) -> None:
    for number in (1, 2):
        put(folder / f"{number}.csv", content(number), MORNING)
        put(folder / f"{number}.csv.control.json", b'{"rows": 1}', MORNING)
    drop.pull(FIRST)
    drop.lab.run(FIRST)
    put(folder / "2.csv", content(2, 3), MORNING)
    put(folder / "2.csv.control.json", b'{"rows": 2}', MORNING)
    put(folder / "4.csv", content(4), "2026-11-21T08:00+04:00")
    drop.pull(SECOND)
    drop.lab.run(SECOND)
    assert list(drop.files(SECOND)) == ["2.csv", "2.csv.control.json", "4.csv"]
    assert drop.lab.log() == [(f"{number}.csv", "loaded", None) for number in (1, 2, 2, 4)]
    assert (drop.pull(THIRD).outcome, drop.files(THIRD)) == ("nothing", {})


def test_pulling_twice_changes_nothing(drop: Drop, folder: Path) -> None:
    put(folder / "1.csv", content(1), MORNING)
    outcomes = [drop.pull().outcome, drop.pull().outcome]
    drop.lab.run(FIRST)
    before = drop.lab.raw(), drop.lab.operations()
    outcomes += [drop.pull().outcome, drop.pull(again=True).outcome]
    drop.lab.run(FIRST)
    assert outcomes == ["pulled", "already_pulled", "already_pulled", "pulled"]
    assert (drop.lab.raw(), drop.lab.operations()) == before


def test_what_was_refused_is_taken_again(drop: Drop, folder: Path) -> None:
    put(folder / "1.csv", b"\xff\xfe broken", MORNING)
    drop.pull(FIRST)
    drop.lab.run(FIRST)
    assert drop.pull(SECOND).outcome == "pulled"
    assert list(drop.files(SECOND)) == ["1.csv"]


def test_beside_a_refused_file_the_others_are_not_taken_again(drop: Drop, folder: Path) -> None:
    put(folder / "1.csv", content(1), MORNING)
    put(folder / "2.csv", b"\xff\xfe broken", MORNING)
    for day, modified in ((FIRST, MORNING), (SECOND, "2026-11-21T08:00+04:00")):
        put(folder / f"{day}.csv", content(day.day), modified)
        drop.pull(day)
        drop.lab.run(day)
    drop.pull(THIRD)
    assert list(drop.files(SECOND)) == ["2.csv", "2026-11-21.csv"]
    assert list(drop.files(THIRD)) == ["2.csv"]


def test_a_date_that_had_nothing_is_looked_at_again(drop: Drop, folder: Path) -> None:
    drop.configure(url=f"{folder}/{{date}}/payments.csv", overlap_days=2)
    assert drop.pull(FIRST).outcome == "nothing"
    for day in (FIRST, SECOND, THIRD):
        put(folder / str(day) / "payments.csv", content(day.day), MORNING)
    found = pulling.pull(drop.lab.home, THIRD).feeds
    assert [(item.day, item.outcome) for item in found] == [(day, "pulled") for day in (THIRD, FIRST, SECOND)]
    drop.lab.run(THIRD)
    assert drop.ids() == ["20", "21", "22"]
    assert [item.outcome for item in pulling.pull(drop.lab.home, THIRD).feeds] == ["already_pulled"]


def test_a_dated_address_takes_the_files_of_the_date_whenever_they_came(drop: Drop, folder: Path) -> None:
    drop.configure(url=f"{folder}/{{date}}/payments-{{date:%Y%m%d}}-*.csv")
    put(folder / "2026-11-20" / "payments-20261120-1.csv", content(1), "2027-01-01T00:00Z")
    put(folder / "2026-11-20" / "payments-20261119-1.csv", content(2), MORNING)
    assert drop.pull().outcome == "pulled"
    assert list(drop.files()) == ["payments-20261120-1.csv"]
    assert drop.pull(SECOND).outcome == "nothing"


def test_the_file_of_a_date_is_taken_though_it_is_as_the_day_before(drop: Drop, folder: Path) -> None:
    drop.configure(url=f"file://{folder}/{{date}}/payments.csv")
    for day in (FIRST, SECOND):
        put(folder / str(day) / "payments.csv", content(), MORNING)
        drop.pull(day)
        drop.lab.run(day)
    assert drop.lab.log() == [("payments.csv", "loaded", None)] * 2


def test_folders_have_patterns_too(drop: Drop, folder: Path) -> None:
    drop.configure(url=f"{folder}/shop-[12]/out/*.csv")
    for number in (1, 2, 3):
        put(folder / f"shop-{number}" / "out" / f"{number}.csv", content(number), MORNING)
    drop.pull()
    assert list(drop.files()) == ["1.csv", "2.csv"]
    put(folder / "shop-2" / "out" / "1.csv", content(1), MORNING)
    message = drop.pull(again=True).message or ""
    assert f"the same name: {folder}/shop-1/out/1.csv and {folder}/shop-2/out/1.csv" in message


def test_a_file_that_changes_while_it_is_read_is_refused(
    drop: Drop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "1.csv", content(1, 2, 3), MORNING)
    monkeypatch.setattr(files, "CHUNK", 16)
    read = files._state

    def states(system: object, path: str) -> object:
        found = read(system, path)
        put(folder / "1.csv", content(1, 2, 4), "2026-11-20T08:00:01+04:00")
        return found

    monkeypatch.setattr(files, "_state", states)
    assert f"{folder}/1.csv changes while it is read. Pull again when it is whole" in drop.problem()


def test_a_link_is_what_it_leads_to(drop: Drop, folder: Path) -> None:
    put(folder / "there" / "1", content(1), MORNING)
    (folder / "1.csv").symlink_to(folder / "there" / "1")
    drop.pull()
    assert drop.files() == {"1.csv": content(1)}


def test_what_cannot_be_read_is_said(drop: Drop, folder: Path) -> None:
    drop.configure(url=f"{folder}/nowhere/*.csv")
    assert f"the folder {folder}/nowhere is not there" in drop.problem()
    drop.configure(url=f"{folder}/*.csv")
    (folder / "1.csv").symlink_to(folder / "gone")
    assert drop.pull().outcome == "nothing"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "exchange/*.csv"}, "url: must be sftp://host:port/path/*.csv, s3://bucket/prefix/*.csv or a path"),
        ({"url": "ftp://host/x"}, "url: must be sftp://"),
        ({"url": "s3://bucket"}, "url: must be sftp://"),
        ({"url": "s3://buck*/x"}, "url: must be sftp://"),
        ({"url": "sftp://host:port/x"}, "url: must be sftp://"),
        ({"url": "sftp:///x"}, "url: must be sftp://"),
        ({"url": "sftp://me:secret@host/x"}, "url: must not have a user in it"),
        ({"url": "/x/{day}.csv"}, "url: has braces that are no date"),
        ({"url": "/x/{date.csv"}, "url: has braces that are no date"),
        ({"url": "/x/{}.csv"}, "url: has braces that are no date"),
        ({"url": "/x/*.csv", "user": "me"}, "user: has no meaning for /x/*.csv, which takes no other key"),
        (
            {"url": "s3://b/*", "access_key": "a", "secret_key": "env:A", "user": "me"},
            "which takes endpoint_url, access",
        ),
        ({"url": "s3://b/*", "access_key": "a"}, "url: needs `secret_key` beside it"),
        ({"url": "sftp://host/*", "password": "env:A"}, "url: needs `user` beside it"),
        ({"url": "sftp://host/*", "user": "me"}, "url: needs `password` or `key_file` beside it"),
        ({"url": "sftp://host/*", "user": "me", "password": "secret"}, "password is a secret: write where it stands"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_their_line(lab: Lab, settings: dict[str, str], words: str) -> None:
    Drop(lab).configure(**settings)
    with pytest.raises(ConfigurationError) as told:
        feeds(lab.home)
    assert "line 5: " in str(told.value) and words in str(told.value)


def test_a_sample_is_of_the_newest_files(drop: Drop, folder: Path, tmp_path: Path) -> None:
    for number in range(1, 9):
        put(folder / f"{9 - number}.csv", content(number), f"2020-01-0{number}T00:00Z")
    sampled = pulling.pull_sample(drop.lab.home, feeds(drop.lab.home)["drop"], tmp_path / "sample")
    assert [path.name for path in sampled] == ["1.csv", "2.csv", "3.csv", "4.csv", "5.csv"]


def test_a_sample_of_dates_is_of_the_latest_that_has_any(drop: Drop, folder: Path, tmp_path: Path) -> None:
    drop.configure(url=f"{folder}/{{date}}.csv")
    today = datetime.now(UTC).date()
    for back in (3, 5):
        put(folder / f"{today - timedelta(days=back)}.csv", content(back), MORNING)
    sampled = pulling.pull_sample(drop.lab.home, feeds(drop.lab.home)["drop"], tmp_path / "sample")
    assert [path.read_bytes() for path in sampled] == [content(3)]
