"""Landing and repeated runs: verbatim copies, repeats, redelivery, kills at any step, rebuilding from landing."""

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ingest import lake, landing, load, parse, warehouse
from ingest.errors import WarehouseBusyError
from ingest.home import Home
from ingest.settings import extract_dates, latest_extract_date, unknown_inbox_folders
from tests.ingest.lab import DAY, PAYMENTS, Lab, csv_of, payment

NEXT = DAY + timedelta(days=1)


def test_landing_keeps_the_bytes(lab: Lab) -> None:
    content = csv_of(payment(1)).encode()
    lab.put("a.csv", content)
    lab.put("copy.csv", content, day=NEXT)
    lab.run(NEXT)
    sha256 = hashlib.sha256(content).hexdigest()
    objects = [path for path in (lab.home.landing / "objects").rglob("*") if path.is_file()]
    assert [path.name for path in objects] == [sha256]
    assert objects[0].read_bytes() == content
    assert lab.query("select _file_sha256, _extract_date from raw.provider__payments order by 2") == [
        (sha256, DAY),
        (sha256, NEXT),
    ]


def test_deliveries_are_numbered_in_name_order_then_in_order_of_landing(lab: Lab) -> None:
    for name in ("b.csv", "a.csv", "C.csv"):
        lab.put(name, csv_of(payment(name)))
    lab.run()
    lab.put("_late.csv", csv_of(payment("late")))
    lab.run()
    assert lab.column("select file_name from ops.load_log order by delivery") == [
        "C.csv",
        "a.csv",
        "b.csv",
        "_late.csv",
    ]


def test_a_second_run_does_nothing(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)))
    lab.run()
    before = lab.raw()
    report = landing.land_files(lab.home, DAY)
    assert (report.landed, report.already_landed) == ([], 1)
    assert load.load(lab.home, DAY).summary() == "nothing to load: everything that landed is in the warehouse"
    assert lab.raw() == before


def test_an_empty_inbox_is_said(lab: Lab) -> None:
    assert load.land(lab.home, DAY).summary() == "nothing to land: the inbox has no extract up to this date"
    assert load.load(lab.home, DAY).files == []
    assert lab.column("select count(*) from raw.provider__payments") == [0]
    assert latest_extract_date(lab.home) is None


def test_the_same_bytes_under_another_name_are_a_repeat(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)))
    lab.put("b.csv", csv_of(payment(1)))
    lab.run()
    lab.put("c.csv", csv_of(payment(1)))
    lab.run()
    assert lab.log() == [("a.csv", "loaded", None), ("b.csv", "repeat", None), ("c.csv", "repeat", None)]
    assert lab.column("select count(*) from raw.provider__payments") == [1]


def test_a_redelivery_adds_versions_and_replaces_rejects(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(2, amount="x"), payment(3, amount="y")))
    lab.put("b.csv", csv_of(payment(9, amount="z")))
    lab.run()
    lab.put("a.csv", csv_of(payment(1, amount="11"), payment(2), payment(3, amount="y")))
    lab.run()
    found = lab.query("select provider_payment_id, amount, _delivery from raw.provider__payments order by 3, 1")
    assert found == [("1", Decimal(10), 1), ("1", Decimal(11), 3), ("2", Decimal(10), 3)]
    assert lab.query("select file_name, delivery, row_number from ops.rejected_rows order by all") == [
        ("a.csv", 3, 3),
        ("b.csv", 2, 1),
    ]


def test_a_quick_rewrite_of_the_same_length_is_seen(lab: Lab) -> None:
    path = lab.put("a.csv", csv_of(payment(1)))
    lab.run()
    path.write_text(csv_of(payment(2)), encoding="utf-8")
    lab.run()
    assert lab.column("select provider_payment_id from raw.provider__payments order by 1") == ["1", "2"]


def test_going_back_to_older_bytes_is_a_repeat(lab: Lab) -> None:
    for number in (1, 2, 1):
        lab.put("a.csv", csv_of(payment(number)))
        lab.run()
    assert [outcome for _, outcome, _ in lab.log()] == ["loaded", "loaded", "repeat"]


def test_the_same_key_three_times_is_three_rows(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(1), payment(1, amount="5")))
    lab.run()
    assert lab.column("select _row_number from raw.provider__payments order by 1") == [1, 2, 3]


def test_later_dates_wait(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)), day=NEXT)
    assert load.land(lab.home, DAY).later_dates == [NEXT]
    assert load.load(lab.home, DAY).files == []
    assert extract_dates(lab.home) == [NEXT]
    assert latest_extract_date(lab.home, until=DAY) is None
    lab.run(NEXT)
    assert load.load(lab.home, DAY).files == []
    assert lab.column("select count(*) from raw.provider__payments") == [1]


def test_what_is_not_data_is_not_read(lab: Lab) -> None:
    for name in (".hidden.csv", "a.csv.tmp", "a.csv.part", "~$book.xlsx", " ", "lone.csv.control.json"):
        lab.put(name, "x")
    lab.put("inner.csv", csv_of(payment(1)), day=f"{DAY}/folder")
    lab.run()
    assert lab.log() == []


def test_folders_of_no_feed_are_named(lab: Lab) -> None:
    lab.put("a.csv", "", feed="provider.paymets")
    lab.put("a.csv", "", day="2026-1-5")
    lab.put("a.csv", "", day="2026-02-30")
    (lab.home.inbox / "stray.csv").write_text("", encoding="utf-8")
    (lab.home.inbox / PAYMENTS / "stray.csv").write_text("", encoding="utf-8")
    expected = ["2026-02-30", "2026-1-5", "stray.csv"]
    found = [*(f"{PAYMENTS}/{name}" for name in expected), "provider.paymets", "stray.csv"]
    assert unknown_inbox_folders(lab.home) == found
    assert load.land(lab.home, DAY).unknown_folders == found


# ---------- files that vanish or change while they are read


def test_a_file_that_vanishes_is_left_for_the_next_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.put("a.csv", csv_of(payment(1)))
    gone = lab.put("b.csv", csv_of(payment(2)))
    store = landing.store

    def remove_then_store(home: object, stream: object) -> tuple[str, int]:
        gone.unlink(missing_ok=True)
        return store(home, stream)  # type: ignore[arg-type]

    monkeypatch.setattr(landing, "store", remove_then_store)
    report = load.land(lab.home, DAY)
    assert [entry.name for entry in report.landed] == ["a.csv"]
    assert len(report.problems) == 1
    assert report.problems[0].startswith(f"{PAYMENTS}/{DAY}/b.csv could not be read")
    assert load.load(lab.home, DAY).counts[PAYMENTS, PAYMENTS].rows_loaded == 1
    monkeypatch.undo()
    lab.put("b.csv", csv_of(payment(2)))
    assert lab.run().counts[PAYMENTS, PAYMENTS].rows_loaded == 1


def test_a_file_that_is_still_written_is_left_for_the_next_run(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lab.put("a.csv", csv_of(payment(1)))
    store = landing.store

    def store_then_write(home: object, stream: object) -> tuple[str, int]:
        result = store(home, stream)  # type: ignore[arg-type]
        with path.open("a", encoding="utf-8") as file:
            file.write(payment(2) + "\n")
        return result

    monkeypatch.setattr(landing, "store", store_then_write)
    assert "changed while it was read" in load.land(lab.home, DAY).problems[0]
    monkeypatch.undo()
    assert lab.run().counts[PAYMENTS, PAYMENTS].rows_loaded == 2


# ---------- kills


class KilledError(BaseException):
    """Stands for the end of the process."""


KILLS = [
    (Home, "landed"),
    (landing, "_write_entry"),
    (load, "read_journal"),
    (parse, "open_text"),
    (lake, "write_rejects"),
    (lake, "write_rows"),
    (warehouse, "insert_rows"),
    (warehouse, "insert_rejects"),
    (warehouse, "insert_values"),
    (load, "_write_feeds"),
]


def fill(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(2, amount="x")))
    lab.put("b.csv", csv_of(payment(3), "4,short"))
    lab.put("b.ndjson", "{")
    lab.put("c.csv", "customer_id,name,is_active\n1,card 4111111111111111,true\n", "crm.customers")
    lab.put("a.csv", csv_of(payment(1, amount="12")), day=NEXT)


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize(("module", "name"), KILLS, ids=[name for _, name in KILLS])
def test_killed_anywhere_and_run_again(
    lab: Lab, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch, module: object, name: str, before: bool
) -> None:
    fill(lab)
    call, left = getattr(module, name), [2]

    def dying(*arguments: object, **options: object) -> object:
        left[0] -= 1
        if before and not left[0]:
            raise KilledError
        result = call(*arguments, **options)
        if not left[0]:
            raise KilledError
        return result

    monkeypatch.setattr(module, name, dying)
    with contextlib.suppress(KilledError):
        lab.run(NEXT)
    monkeypatch.undo()
    lab.run(NEXT)
    assert lab.raw() == expected
    leftovers = [path.name for path in lab.home.path.rglob("*") if ".tmp" in path.name or path.name == ".work"]
    assert leftovers == []


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    undisturbed = Lab(tmp_path_factory.mktemp("undisturbed"))
    fill(undisturbed)
    undisturbed.run(NEXT)
    return dict(undisturbed.raw())


def test_a_half_written_object_of_a_killed_run_is_removed(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)))
    half = lab.home.landing / "objects" / ".deadbeef.tmp"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    lab.run()
    assert not half.exists()


def test_a_busy_warehouse_is_said(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(path: str) -> None:
        raise duckdb.IOException(f"Could not set lock on file {path}: Conflicting lock is held")

    monkeypatch.setattr(warehouse.duckdb, "connect", busy)
    with pytest.raises(WarehouseBusyError, match="held by another process"):
        load.load(lab.home, DAY)


# ---------- rebuilding


def test_a_home_is_rebuilt_from_landing_and_settings(lab: Lab) -> None:
    fill(lab)
    lab.configure("feeds:\n  - {name: shop, contracts: [provider.payments], expected: daily, until: 2026-12-31}\n")
    lab.put("p.csv", csv_of(payment("s1")), "shop")
    lab.control("p.csv", {"rows": 9}, "shop")
    lab.run()
    lab.control("p.csv", {"rows": 1}, "shop")
    lab.put("a.csv", csv_of(payment(1, amount="99")))
    lab.run(NEXT)
    before, operations = lab.raw(), lab.operations()
    for path in (lab.home.inbox, lab.home.lake):
        shutil.rmtree(path)
    lab.home.warehouse.unlink()
    lab.run(NEXT)
    assert lab.raw() == before
    assert lab.operations() == operations
    assert extract_dates(lab.home) == [DAY, NEXT]


def test_operations_name_declared_feeds_and_those_with_extracts(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: bank.lines, expected: working_days, until: 2026-12-31}\n")
    lab.put("a.csv", csv_of(payment(1)))
    lab.run()
    assert lab.query("select * from ops.feeds order by feed") == [
        ("bank.lines", "bank", "canonical", "working_days", date(2026, 12, 31)),
        (PAYMENTS, "provider", "canonical", "daily", None),
    ]
    assert lab.query("select * from ops.feed_contracts order by all") == [
        ("bank.lines", "bank.lines"),
        (PAYMENTS, PAYMENTS),
    ]


def test_a_feed_that_is_no_longer_declared_waits(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: shop, contracts: [provider.payments]}\n")
    lab.put("a.csv", csv_of(payment(1)), "shop")
    load.land(lab.home, DAY)
    lab.configure("feeds:\n")
    assert "shop" in load.load(lab.home, DAY).problems[0]
    lab.configure("feeds:\n  - {name: shop, contracts: [provider.payments]}\n")
    assert load.load(lab.home, DAY).counts["shop", PAYMENTS].rows_loaded == 1


def test_new_columns_are_added_and_changed_types_refused(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)))
    lab.run()
    with duckdb.connect(str(lab.home.warehouse)) as connection:
        connection.execute("alter table raw.provider__payments drop column method")
        connection.execute("alter table raw.provider__payments alter amount type varchar")
    with pytest.raises(load.warehouse.IngestError, match="amount is VARCHAR"):
        lab.run()
    with duckdb.connect(str(lab.home.warehouse)) as connection:
        connection.execute("alter table raw.provider__payments alter amount type decimal(19,4)")
    lab.run()
    assert lab.column("select method from raw.provider__payments") == [None]


def test_a_home_whose_path_has_pattern_characters(new_lab: Callable[[str], Lab]) -> None:
    lab = new_lab("o'dd [home]*")
    lab.put("it's [1]*.csv", csv_of(payment(1), payment(2, amount="x")))
    lab.run()
    assert lab.column("select _file_name from raw.provider__payments") == ["it's [1]*.csv"]
    assert lab.rejects() == [(2, "amount", "x", "bad_decimal")]
    assert Path(lab.home.warehouse).exists()
