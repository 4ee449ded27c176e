"""Files: forms, encodings, refusals, misshapen rows, control totals (contracts.md, Canonical files)."""

import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from ingest import sheet_text
from tests.ingest.lab import COLUMNS, DAY, HEADER, PAYMENTS, Lab, csv_of, payment


def refusal(lab: Lab) -> tuple[str, str]:
    found = lab.query("select refusal_reason, message from ops.load_log where outcome = 'refused'")
    assert len(found) == 1
    assert lab.column("select count(*) from raw.provider__payments") == [0]
    return found[0]


def names(lab: Lab, column: str = "provider_payment_id") -> list[str]:
    return lab.column(f"select {column} from raw.provider__payments order by _delivery, _row_number")


# ---------- refused files


@pytest.mark.parametrize(
    ("name", "content", "reason", "says"),
    [
        ("a.csv", b"", "empty_without_header", "no bytes"),
        ("a.csv", b"\xef\xbb\xbf\n \n", "empty_without_header", "not even a header"),
        ("a.csv", csv_of(payment(1), header=HEADER.replace("amount", "sum")), "missing_required_column", "amount"),
        ("a.csv", csv_of(payment(1)).replace(",", "\t"), "missing_required_column", "provider_payment_id"),
        ("a.csv", csv_of(payment("Ж")).encode("cp1251"), "undecodable", "line 2"),
        ("a.csv", csv_of(payment("Ж")).encode("utf-16"), "undecodable", "UTF-16"),
        ("a.csv", csv_of(payment("Ж")).encode("utf-16-le"), "undecodable", "UTF-16"),
        ("a.csv", csv_of(payment(1), '"2,failed,1'), "unparsable", "line 3"),
        ("a.csv", csv_of(payment(1), '"2" x,failed,1,AMD,2026-11-20,'), "unparsable", "line 3"),
        ("a.csv", csv_of(payment(1), header=f"{HEADER}, Amount "), "unparsable", "'amount' is there twice"),
        ("a.json", '[{"provider_payment_id": "1"}, {"prov', "unparsable", "truncated"),
        ("a.json", '[{"provider_payment_id": "1"},', "unparsable", "truncated"),
        ("a.json", '[{"provider_payment_id": "1"}, 7]', "unparsable", "row 2"),
        ("a.json", '{"items": []}', "unparsable", "array"),
        ("a.json", '[{"amount": 1, "Amount": 2}]', "unparsable", "twice"),
        ("a.json", '[{"provider_payment_id": "1"}]', "missing_required_column", "status"),
        ("a.ndjson", '{"provider_payment_id": "1"}\n{"provi', "unparsable", "cannot be read"),
        ("a.ndjson", b'{"provider_payment_id": "\xc6"}\n', "undecodable", "line 1"),
        ("a.ndjson", "\n", "empty_without_header", "header"),
        ("a.parquet", b"PAR1 not really", "unparsable", "a.parquet"),
        ("a.xlsx", b"PK not really", "unparsable", "XLSX"),
        ("a.pdf", b"%PDF", "unparsable", ".csv"),
    ],
)
def test_refused_files(lab: Lab, name: str, content: str | bytes, reason: str, says: str) -> None:
    lab.put(name, content)
    lab.put("good.csv", csv_of(), day=date(2026, 11, 19))
    report = lab.run()
    found, message = refusal(lab)
    assert found == reason
    assert name in message
    assert says in message
    assert "landing" not in message
    assert [item.refusal_reason for item in report.refused] == [reason]
    assert not list(lab.home.lake.rglob("*a*/date=2026-11-20/*"))


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", HEADER), ("a.csv", csv_of()), ("a.json", "[]"), ("a.json", " [ ]\n")]
)
def test_no_rows_is_an_empty_extract(lab: Lab, name: str, content: str) -> None:
    lab.put(name, content)
    lab.run()
    assert lab.query("select outcome, rows_read from ops.load_log") == [("loaded", 0)]


# ---------- encodings


def test_declared_encoding(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: provider.payments, encoding: cp1251}\n")
    lab.put("a.csv", csv_of(payment("Ж-1")).encode("cp1251"))
    lab.put("b.csv", csv_of(payment("plain")))
    lab.run()
    assert names(lab) == ["Ж-1", "plain"]


@pytest.mark.parametrize(("encoding", "says"), [("cp1251", "is UTF-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")])
def test_wrongly_declared_encoding(lab: Lab, encoding: str, says: str) -> None:
    lab.configure(f"feeds:\n  - {{name: provider.payments, encoding: {encoding}}}\n")
    lab.put("a.csv", csv_of(payment("Ж Ѝ")))
    lab.run()
    reason, message = refusal(lab)
    assert reason == "undecodable"
    assert says in message


def test_utf16_when_declared(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: provider.payments, encoding: utf-16}\n")
    lab.put("a.csv", csv_of(payment("Ж")).encode("utf-16"))
    lab.run()
    assert names(lab) == ["Ж"]


def test_an_invalid_byte_late_in_a_column_nobody_reads(lab: Lab) -> None:
    lines = [f"{payment(i)},{'я' * 40}" for i in range(30_000)]
    lab.put("a.csv", csv_of(*lines, header=f"{HEADER},comment").encode() + f"{payment(1)},".encode() + b"\xff\n")
    lab.run()
    assert "line 30002" in refusal(lab)[1]


def test_a_corrected_encoding_lets_the_refused_file_in(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment("Ж")).encode("cp1251"))
    lab.run()
    lab.configure("feeds:\n  - {name: provider.payments, encoding: cp1251}\n")
    lab.run()
    assert names(lab) == ["Ж"]
    assert lab.log() == [("a.csv", "loaded", None)]


# ---------- CSV


@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_dialects(lab: Lab, start: str, delimiter: str, newline: str) -> None:
    content = csv_of(payment("1"), '"2 ""q"", ;",failed,1,AMD,2026-11-20,', header=HEADER.title())
    quoted = content.replace('", ;"', "\0").replace(",", delimiter).replace("\0", '", ;"')
    lab.put("a.csv", start + quoted.replace("\n", newline))
    lab.run()
    assert names(lab) == ["1", '2 "q", ;']


def test_rows_with_too_few_and_too_many_columns_are_quarantined(lab: Lab) -> None:
    lines = [
        payment(1),
        "2,failed",
        "",
        f"{payment(3)},,",
        f"{payment(4)},x",
        '"5\n5",failed,1,AMD,2026-11-20,',
        payment(6),
    ]
    lab.put("a.csv", csv_of(*lines))
    lab.run()
    found = lab.query("select _row_number, provider_payment_id from raw.provider__payments order by 1")
    assert found == [(1, "1"), (3, "3"), (5, "5\n5"), (6, "6")]
    assert [(row, reason) for row, _, _, reason in lab.rejects()] == [
        (2, "wrong_column_count"),
        (4, "wrong_column_count"),
    ]
    assert lab.rejects()[0][2] == "2 | failed"
    assert lab.query("select rows_read, rows_loaded, rows_rejected from ops.load_log") == [(6, 4, 2)]


def test_mixed_line_ends(lab: Lab) -> None:
    lab.put("a.csv", f"{HEADER}\r\n{payment(1)}\n{payment(2)}\r\n")
    lab.run()
    assert names(lab) == ["1", "2"]


def test_row_numbers_of_a_large_file_read_in_parallel(lab: Lab) -> None:
    count = 300_000
    lab.put("a.csv", csv_of(*(payment(i, status="failed" if i % 1000 else "lost") for i in range(1, count + 1))))
    lab.run()
    wrong = "select count(*) from raw.provider__payments where provider_payment_id <> _row_number::varchar"
    assert lab.column(wrong) == [0]
    assert lab.query("select count(*), min(row_number), max(row_number) from ops.rejected_rows") == [(300, 1000, count)]


def test_unknown_columns_are_named(lab: Lab) -> None:
    lab.put("a.csv", csv_of(f"{payment(1)},x,y,z", header=f"{HEADER},Заметка, Note ,"))
    lab.run()
    assert lab.column("select unknown_columns from ops.load_log") == ["заметка, note"]


# ---------- other forms

ROW = {"provider_payment_id": "1", "status": "failed", "amount": "1.10", "currency": "AMD", "created_at": "2026-11-20"}


def test_json_numbers_are_read_as_written(lab: Lab) -> None:
    texts = [
        "12345678901234.1234",
        "0.1",
        "1.10",
        "999999999999999.9999",
        "0.00001",
        "1e3",
        "123456789012345678901",
        "NaN",
    ]
    rows = [json.dumps(ROW | {"provider_payment_id": f"a: {text}, b", "amount": 0}) for text in texts]
    lines = [row.replace('"amount": 0', f'"amount": {text}') for row, text in zip(rows, texts, strict=True)]
    lab.put("a.ndjson", "\n".join(lines))
    lab.put("b.json", f"[{', '.join(lines[:-1])}]")
    lab.run()
    found = lab.column("select amount from raw.provider__payments where _delivery = 1 order by _row_number")
    assert found == [Decimal(text) for text in texts[:4]]
    assert lab.column("select amount from raw.provider__payments where _delivery = 2 order by _row_number") == found
    assert [reason for _, _, _, reason in lab.rejects()] == [
        *["too_many_decimals"] * 2,
        *["bad_decimal"] * 2,
        *["out_of_range"] * 2,
        "bad_decimal",
    ]


def test_json_keys_in_any_case_and_missing_in_some_rows(lab: Lab) -> None:
    first = {key.title(): value for key, value in ROW.items()}
    lab.put(
        "a.ndjson",
        "\n".join(json.dumps(row) for row in (first, ROW | {"order_id": 7, "x": {"y": 1}}, {**ROW, "amount": None})),
    )
    lab.run()
    assert lab.query("select order_id, amount from raw.provider__payments order by _row_number") == [
        (None, Decimal("1.1")),
        ("7", Decimal("1.1")),
    ]
    assert lab.rejects() == [(3, "amount", None, "missing_required")]
    assert lab.column("select unknown_columns from ops.load_log") == ["x"]


def test_parquet_with_its_own_types(lab: Lab) -> None:
    path = lab.put("a.parquet", b"")
    duckdb.execute(
        "copy (select i::varchar as provider_payment_id, 'failed' as status, [10.5, 0.1 + 0.2::double][i] as amount, "
        "'AMD' as currency, timestamptz '2026-11-20 10:00:00+04' as created_at, "
        "timestamp '2026-11-20 10:00:00' as paid_at "
        f"from range(1, 3) t(i)) to '{path}' (format parquet)"
    ).fetchall()
    lab.run()
    found = lab.query("select amount, created_at, paid_at from raw.provider__payments")
    assert found == [(Decimal("10.5"), datetime(2026, 11, 20, 6), datetime(2026, 11, 20, 6))]
    assert [reason for _, _, _, reason in lab.rejects()] == ["too_many_decimals"]


def test_xlsx(lab: Lab) -> None:
    path = lab.put("a.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, [*COLUMNS, "order_id"])
    sheet.write_row(1, 0, [1001, "failed", 0.1 + 0.2, "AMD"])
    sheet.write_datetime(1, 4, datetime(2026, 11, 20, 10, 30), moment)
    sheet.write_row(3, 0, ["1002", "failed", 1234567890.25, "AMD", "2026-11-20", None, 12.0])
    sheet.write_row(4, 0, ["1003", "failed", "1 234,50", "AMD"])
    sheet.write_datetime(4, 4, datetime(2026, 11, 20), moment)
    book.add_worksheet("ignored").write(0, 0, "x")
    book.close()
    lab.run()
    found = lab.query("select provider_payment_id, amount, created_at, order_id from raw.provider__payments order by 1")
    assert found == [
        ("1001", Decimal("0.3"), datetime(2026, 11, 20, 6, 30), None),
        ("1002", Decimal("1234567890.25"), datetime(2026, 11, 19, 20), "12"),
    ]
    assert lab.rejects() == [(3, "amount", "1 234,50", "bad_decimal")]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_text, "LARGEST_SHEETS", 1 << 20)
    with zipfile.ZipFile(lab.put("a.xlsx", b""), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(1 << 21))
    lab.run()
    reason, message = refusal(lab)
    assert reason == "unparsable"
    assert "unpacks to" in message


def test_empty_sheet(lab: Lab) -> None:
    path = lab.put("a.xlsx", b"")
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet()
    book.close()
    lab.run()
    assert refusal(lab)[0] == "empty_without_header"


# ---------- several contracts in one feed


def test_files_of_a_feed_with_several_contracts_are_named_after_them(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: shop, contracts: [provider.payments, provider.refunds]}\n")
    refunds = "provider_refund_id,provider_payment_id,amount,currency,status,created_at"
    lab.put("provider.payments.2.csv", csv_of(payment(1)), "shop")
    lab.put("Provider.Refunds.csv", csv_of("1,1,5,AMD,pending,2026-11-20", header=refunds), "shop")
    lab.put("other.csv", csv_of(payment(2)), "shop")
    lab.run()
    found = lab.query("select contract, outcome, message from ops.load_log order by file_name")
    assert [(contract, outcome) for contract, outcome, _ in found] == [
        ("provider.refunds", "loaded"),
        (None, "refused"),
        ("provider.payments", "loaded"),
    ]
    assert "provider.payments.csv, provider.refunds.csv" in found[1][2]


# ---------- control totals


@pytest.mark.parametrize(
    ("control", "says"),
    [
        ({"rows": 3, "amount_total": "15.50"}, None),
        ({"rows": 3, "amount_total": 15.5}, None),
        ({"rows": 3}, None),
        ({}, None),
        ({"rows": 2}, "says 2 rows, the file has 3"),
        ({"amount_total": "15.51"}, "says amount_total 15.51, the readable rows sum to 15.5"),
        ({"rows": "three"}, "'three'"),
        ({"rows": True}, "True"),
        ({"amount_total": "1 5"}, "a.csv.control.json"),
        ({"amount_total": "nan"}, "'nan'"),
        ("{", "a.csv.control.json"),
        ("[]", "a.csv.control.json"),
    ],
)
def test_control_totals(lab: Lab, control: object, says: str | None) -> None:
    lab.put("a.csv", csv_of(payment(1, amount="10"), payment(2, amount="5.50", status="lost"), payment(3, amount="x")))
    lab.control("a.csv", control)
    lab.run()
    if says is None:
        assert lab.log() == [("a.csv", "loaded", None)]
        return
    reason, message = refusal(lab)
    assert reason == "control_total_mismatch"
    assert says in message
    assert lab.rejects() == []
    assert not list((lab.home.lake / PAYMENTS).rglob("*.parquet"))


def test_a_refused_file_is_tried_again_when_its_sidecar_changes(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)))
    lab.control("a.csv", {"rows": 2})
    lab.run()
    assert lab.run().files == []
    lab.control("a.csv", {"rows": 1})
    lab.run()
    lab.control("a.csv", {"rows": 5})
    lab.run()
    assert names(lab) == ["1"]
    assert lab.log() == [
        ("a.csv", "refused", "control_total_mismatch"),
        ("a.csv", "loaded", None),
        ("a.csv", "repeat", None),
    ]


def test_amount_total_is_for_contracts_with_an_amount(lab: Lab) -> None:
    lab.put("a.csv", csv_of("1,n,true", header="customer_id,name,is_active"), "crm.customers")
    lab.control("a.csv", {"rows": 1, "amount_total": "99"}, "crm.customers")
    lab.run()
    assert lab.log() == [("a.csv", "loaded", None)]


def test_lake_keeps_lineage(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(2, amount="x")))
    lab.run()
    folder = lab.home.lake / PAYMENTS / f"feed={PAYMENTS}" / f"date={DAY}"
    good, rejects = sorted(folder.iterdir(), key=lambda path: len(path.name))
    assert rejects.name == good.name.replace(".parquet", ".rejects.parquet")
    assert _read(good, "_file_name, _delivery, _row_number, amount") == [("a.csv", 1, 1, Decimal(10))]
    assert _read(rejects, "file_name, row_number, column_name, value, reason") == [
        ("a.csv", 2, "amount", "x", "bad_decimal")
    ]


def _read(path: Path, columns: str) -> list[tuple[object, ...]]:
    return duckdb.execute(f"select {columns} from read_parquet('{path}', hive_partitioning = false)").fetchall()
