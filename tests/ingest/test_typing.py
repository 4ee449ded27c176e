"""Values: what is read, what is quarantined and why (contracts.md, Canonical files)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.ingest.lab import HEADER, Lab, csv_of, payment

AMOUNTS = [
    ("10", "10"),
    ("10.5", "10.5"),
    ("010.5000", "10.5"),
    ("1.23450000000000", "1.2345"),
    ("999999999999999.9999", "999999999999999.9999"),
    ("000000000000000000000000000000001.5", "1.5"),
    ("1\u00a0234\u2009567.50", "1234567.5"),
    ("1\u202f234", "1234"),
    ("  7  ", "7"),
    ("-0.00", "0"),
]
BAD_AMOUNTS = [
    ("1 234.50", "bad_decimal"),
    ('"1 234,50"', "bad_decimal"),
    ('"10,5"', "bad_decimal"),
    ("1_000", "bad_decimal"),
    ("1e5", "bad_decimal"),
    ("infinity", "bad_decimal"),
    ("nan", "bad_decimal"),
    ("+5", "bad_decimal"),
    (".5", "bad_decimal"),
    ("5.", "bad_decimal"),
    ("0x10", "bad_decimal"),
    ("٣", "bad_decimal"),
    ("-", "bad_decimal"),
    ("1.23456", "too_many_decimals"),
    ("0.00001", "too_many_decimals"),
    ("1000000000000000", "out_of_range"),
    ("123456789012345678901234567890", "out_of_range"),
    ("-5", "out_of_range"),
    ("-0.0001", "out_of_range"),
    ("", "missing_required"),
    ("\u00a0", "missing_required"),
]


def test_amounts(lab: Lab) -> None:
    lab.put("a.csv", csv_of(*(payment(i, amount=text) for i, (text, _) in enumerate(AMOUNTS))))
    lab.run()
    found = lab.column("select amount from raw.provider__payments order by _row_number")
    assert found == [Decimal(value) for _, value in AMOUNTS]
    assert lab.rejects() == []


def test_bad_amounts(lab: Lab) -> None:
    lab.put("a.csv", csv_of(*(payment(i, amount=text) for i, (text, _) in enumerate(BAD_AMOUNTS))))
    lab.run()
    assert [(reason, column) for _, column, _, reason in lab.rejects()] == [(r, "amount") for _, r in BAD_AMOUNTS]


def test_signed_amounts_may_be_negative(lab: Lab) -> None:
    header = "bank_line_id,account,booked_date,amount,currency"
    lab.put("b.csv", csv_of("1,acc,2026-11-20,-10.5,AMD", "2,acc,2026-11-20,-1e3,AMD", header=header), "bank.lines")
    lab.run()
    assert lab.column("select amount from raw.bank__lines") == [Decimal("-10.5")]
    assert lab.rejects() == [(2, "amount", "-1e3", "bad_decimal")]


def test_decimal_comma_when_declared(lab: Lab) -> None:
    lab.configure(f"feeds:\n  - name: shop\n    contracts: [{'provider.payments'}]\n    decimal_comma: true\n")
    header = HEADER.replace(",", ";")
    lines = [
        payment(i, amount=text).replace(",", ";").replace("!", ",") for i, text in enumerate(["1\u00a0234!50", "7"])
    ]
    lab.put("a.csv", csv_of(*lines, payment(3, amount="1.5").replace(",", ";"), header=header), "shop")
    lab.run()
    assert lab.column("select amount from raw.provider__payments order by 1") == [Decimal("7"), Decimal("1234.5")]
    assert lab.rejects() == [(3, "amount", "1.5", "bad_decimal")]


TIMESTAMPS = [
    ("2026-11-20T10:00:00+04:00", datetime(2026, 11, 20, 6)),
    ("2026-11-20T10:00:00+0400", datetime(2026, 11, 20, 6)),
    ("2026-11-20 10:00:00+04", datetime(2026, 11, 20, 6)),
    ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10)),
    ("2026-11-20T10:00-03:30", datetime(2026, 11, 20, 13, 30)),
    ("2026-11-20T10:00:00.123456Z", datetime(2026, 11, 20, 10, 0, 0, 123456)),
    ("2026-11-20T10:00:00", datetime(2026, 11, 20, 6)),
    ("2026-11-20 10:00", datetime(2026, 11, 20, 6)),
    ("2026-11-20", datetime(2026, 11, 19, 20)),
    (" 2026-11-20 ", datetime(2026, 11, 19, 20)),
    ("1899-12-31T00:00:00Z", datetime(1899, 12, 31)),
    ("2024-02-29", datetime(2024, 2, 28, 20)),
]
BAD_TIMESTAMPS = [
    "2026-02-30",
    "2026-02-30T10:00:00+04:00",
    "2025-02-29T00:00:00",
    "2026-1-5",
    "infinity",
    "-infinity",
    "epoch",
    "2026-11-20T24:00:00",
    "2026-11-20T23:59:60Z",
    "2026-11-20T10",
    "20261120T100000",
    "20.11.2026",
    "11/20/2026",
    "2026-11-20T10:00:00 +04:00",
    "2026-11-20T10:00:00+4",
    "2026-11-20T10:00:00+25:00",
    "0000-01-01",
    "12026-01-01",
    "9999-12-31T23:59:59-10:00",
]


def test_timestamps(lab: Lab) -> None:
    lab.put("a.csv", csv_of(*(payment(i, created_at=text) for i, (text, _) in enumerate(TIMESTAMPS))))
    lab.run()
    assert lab.rejects() == []
    found = lab.column("select created_at from raw.provider__payments order by _row_number")
    assert found == [value for _, value in TIMESTAMPS]


def test_bad_timestamps(lab: Lab) -> None:
    lab.put("a.csv", csv_of(*(payment(i, created_at=text) for i, text in enumerate(BAD_TIMESTAMPS))))
    lab.run()
    assert lab.rejects() == [(i, "created_at", text, "bad_timestamp") for i, text in enumerate(BAD_TIMESTAMPS, start=1)]


def test_naive_times_are_in_the_feeds_zone(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: provider.payments, timezone: Europe/Moscow}\n")
    lab.put("a.csv", csv_of(payment(1, created_at="2026-11-20 10:00:00")))
    lab.run()
    assert lab.column("select created_at from raw.provider__payments") == [datetime(2026, 11, 20, 7)]


def test_dates_integers_booleans(lab: Lab) -> None:
    header = "contract_id,customer_id,currency,payment_terms_days,valid_from,valid_to,status"
    lines = [
        "1,c,AMD,30,2026-11-20,,active",
        "2,c,AMD,1.5,2026-11-20,,active",
        "3,c,AMD,9223372036854775808,2026-11-20,,active",
    ]
    lines += [
        "4,c,AMD,,2026-11-31,,active",
        "5,c,AMD,,2026-11-20T10:00,,active",
        "6,c,AMD,,2026-11-20 00:00:00,,active",
    ]
    lab.put("c.csv", csv_of(*lines, header=header), "crm.contracts")
    flags = ["true", "FALSE", "1", "0", "yes", "No", "Y", "n", "t", "да", "2"]
    names = csv_of(*(f"{i},name,{flag}" for i, flag in enumerate(flags)), header="customer_id,name,is_active")
    lab.put("d.csv", names, "crm.customers")
    lab.run()
    found = lab.query("select contract_id, payment_terms_days, valid_from from raw.crm__contracts order by 1")
    assert found == [("1", 30, date(2026, 11, 20)), ("6", None, date(2026, 11, 20))]
    assert lab.column("select is_active from raw.crm__customers order by _row_number") == [True, False] * 4
    assert [(column, value, reason) for _, column, value, reason in lab.rejects()] == [
        ("payment_terms_days", "1.5", "bad_integer"),
        ("payment_terms_days", "9223372036854775808", "out_of_range"),
        ("valid_from", "2026-11-31", "bad_date"),
        ("valid_from", "2026-11-20T10:00", "bad_date"),
        ("is_active", "t", "bad_boolean"),
        ("is_active", "да", "bad_boolean"),
        ("is_active", "2", "bad_boolean"),
    ]


def test_enums_and_currencies_in_any_case(lab: Lab) -> None:
    lines = [payment(1, status=" Failed", currency="amd "), payment(2, status="lost"), payment(3, currency="XXX")]
    lab.put("a.csv", csv_of(*lines, payment(4, currency="ZZZ"), payment(5, currency="AM")))
    lab.run()
    assert lab.query("select status, currency from raw.provider__payments") == [("failed", "AMD")]
    assert [(value, reason) for _, _, value, reason in lab.rejects()] == [
        ("lost", "unknown_enum_value"),
        ("XXX", "unknown_currency"),
        ("ZZZ", "unknown_currency"),
        ("AM", "unknown_currency"),
    ]


def test_required_when(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1, status="paid", paid_at="2026-11-20"), payment(2, status="PAID"), payment(3)))
    lab.run()
    assert lab.rejects() == [(2, "paid_at", None, "missing_required")]


def test_required_when_the_column_is_absent(lab: Lab) -> None:
    lab.put("a.csv", csv_of("1,paid,1,AMD,2026-11-20", header=HEADER.removesuffix(",paid_at")))
    lab.run()
    assert lab.rejects() == [(1, "paid_at", None, "missing_required")]


def test_text_is_trimmed_and_punctuation_is_no_reference(lab: Lab) -> None:
    header = f"{HEADER},order_id,provider_reference"
    lines = [" \u00a0A-1\t", "Ж 2", "-", "—", "//", "  ", "A/", '"x\ny"']
    rows = (f"{payment(i)},{text},REF" for i, text in enumerate(lines))
    lab.put("a.csv", csv_of(*rows, "-,failed,1,AMD,2026-11-20,,x,y", header=header))
    lab.run()
    found = lab.column("select order_id from raw.provider__payments order by _row_number")
    assert found == ["A-1", "Ж 2", None, None, None, None, "A/", "x\ny"]
    assert lab.rejects() == [(9, "provider_payment_id", "-", "missing_required")]


def test_free_text_may_be_punctuation(lab: Lab) -> None:
    lab.put("c.csv", csv_of("1, -- ,true", header="customer_id,name,is_active"), "crm.customers")
    lab.run()
    assert lab.column("select name from raw.crm__customers") == ["--"]


def test_defaults_stand_in_for_absent_and_empty(lab: Lab) -> None:
    header = "receipt_id,attempt_no,settlement_kind,receipt_type,amount,currency,status,created_at"
    rest = "sale,1,AMD,queued,2026-11-20"
    lab.put("a.csv", csv_of(f"1,,,{rest}", f"2,3,OFFSET,{rest}", f"3,x,,{rest}", header=header), "fiscal.receipts")
    short = header.replace("attempt_no,settlement_kind,", "")
    lab.put("b.csv", csv_of(f"4,{rest}", header=short), "fiscal.receipts")
    lab.run()
    found = lab.query("select receipt_id, attempt_no, settlement_kind from raw.fiscal__receipts order by 1")
    assert found == [("1", 1, "payment"), ("2", 3, "offset"), ("4", 1, "payment")]
    assert lab.rejects() == [(3, "attempt_no", "x", "bad_integer")]


def test_the_first_fault_in_column_order_is_the_reason(lab: Lab) -> None:
    lab.put("a.csv", csv_of("1,failed,1,zzz,nonsense,", ",wrong,x,zzz,nonsense,", "3,wrong,x,AMD,2026-11-20,"))
    lab.run()
    assert [(row, column) for row, column, _, _ in lab.rejects()] == [
        (1, "currency"),
        (2, "provider_payment_id"),
        (3, "status"),
    ]


@pytest.mark.parametrize(
    ("feed", "config", "expected"),
    [
        ("provider.payments", "", ["provider", "own"]),
        ("shop", "feeds: [{name: shop, contracts: [provider.payments]}]", ["shop", "own"]),
        ("shop", "feeds: [{name: shop, contracts: [provider.payments], source_system: x'y}]", ["x'y", "own"]),
    ],
)
def test_source_system(lab: Lab, feed: str, config: str, expected: list[str]) -> None:
    lab.configure(config)
    lab.put("a.csv", csv_of(f"{payment(1)},", f"{payment(2)}, own ", header=f"{HEADER},source_system"), feed)
    lab.run()
    assert lab.column("select source_system from raw.provider__payments order by _row_number") == expected
    assert lab.column("select unknown_columns from ops.load_log") == [None]
