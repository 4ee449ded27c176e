"""`sverka check`: what it says of samples is what a load does with them, and it leaves nothing behind."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.check import Checked, ContractFound, Report, check
from ingest.check_links import KINDS, NEEDED, STRONG
from ingest.cli import main
from ingest.contract import contracts
from ingest.errors import ConfigurationError
from ingest.formats import FORMATS
from ingest.formats.money_units import MONEY_UNITS
from ingest.waiver import waive
from tests.ingest.lab import DAY, HEADER, PAYMENTS, Lab, csv_of, payment

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
ERP = "erp_document_id,document_type,number,posted,deleted,document_date,order_id,amount,currency,is_manual"
WITH_IDS = f"{HEADER},order_id,payment_id"


def document(number: int | str, order: str = "", amount: str = "10") -> str:
    return f"{number},bank_receipt,{number},true,false,2026-11-20T09:00:00Z,{order},{amount},AMD,false"


def linked(number: int | str, order: str = "", own: str = "", amount: str = "10") -> str:
    return f"{payment(number, amount=amount)},{order},{own}"


def feed_of(report: Report, name: str = PAYMENTS) -> Checked:
    (found,) = [item for item in report.feeds if item.feed == name]
    return found


def contract_of(report: Report, name: str = PAYMENTS, feed: str | None = None) -> ContractFound:
    (found,) = [item for item in feed_of(report, feed or name).contracts if item.contract == name]
    return found


def files_of(home: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for path in home.rglob("*")}


# ---------- what it says


def test_rows_rejects_and_fields(lab: Lab) -> None:
    header = f"{HEADER},orderid,note"
    rows = [f"{payment(1)},o1,x", f"{payment(2, amount='12x')},o2,x", f"{payment(3, amount='13x')},o3,x"]
    lab.put("a.csv", csv_of(*rows, f"{payment(4, currency='XXZ')},,", header=header))
    report = check(lab.home)
    found = contract_of(report)
    assert (found.rows_read, found.rows_accepted, found.rows_rejected) == (4, 1, 3)
    assert [(item.reason, item.column, item.rows, item.file, item.row, item.value) for item in found.rejects] == [
        ("bad_decimal", "amount", 2, "a.csv", 2, "12x"),
        ("unknown_currency", "currency", 1, "a.csv", 4, "XXZ"),
    ]
    assert found.filled == {
        "provider_payment_id": 1,
        "status": 1,
        "amount": 1,
        "currency": 1,
        "created_at": 1,
    }
    assert "order_id" in found.never_filled
    assert found.unmapped == ["note", "orderid"]
    assert [(money.currency, money.rows, str(money.total)) for money in found.money] == [("AMD", 1, "10.0000")]
    assert feed_of(report).warnings == [
        "provider.payments: 3 of 4 rows are rejected.",
        "provider.payments: no payment_id, order_id or invoice_id in 1 of 1 rows: nothing will match.",
        "provider.payments: the column 'orderid' is not read; did you mean order_id?",
    ]
    assert report.exit_code == 0


def test_a_column_with_a_comma_in_its_name_is_one_column(lab: Lab) -> None:
    lab.put("a.csv", csv_of(f"{payment(1)},x,y", header=f'{HEADER},"Сумма, руб.",note'))
    assert contract_of(check(lab.home)).unmapped == ["note", "сумма, руб."]


def test_it_says_what_a_load_does(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(2, status="paid"), payment(3, amount="1,5")))
    lab.put("b.csv", csv_of(payment(1), payment(2, status="paid"), payment(3, amount="1,5")))
    lab.put("c.csv", csv_of(payment(7)))
    lab.control("c.csv", {"rows": 2})
    lab.put("d.txt", b"")
    report = check(lab.home)
    lab.run()
    feed, found = feed_of(report), contract_of(report)
    assert [(file.name, file.outcome, file.reason) for file in feed.files] == lab.log()
    assert [file.outcome for file in feed.files] == ["loaded", "repeat", "refused", "refused"]
    assert lab.query("select sum(rows_read), sum(rows_loaded), sum(rows_rejected) from ops.load_log") == [
        (found.rows_read, found.rows_accepted, found.rows_rejected)
    ]
    assert sorted(item.reason for item in found.rejects) == sorted({reason for _, _, _, reason in lab.rejects()})
    assert report.exit_code == 1


def test_a_column_left_at_its_default_is_not_filled(lab: Lab) -> None:
    header = "receipt_id,receipt_type,amount,currency,status,created_at,order_id"
    lab.put("a.csv", csv_of("1,sale,10,AMD,queued,2026-11-20T10:00:00Z,o1", header=header), "fiscal.receipts")
    found = contract_of(check(lab.home), "fiscal.receipts")
    assert {"attempt_no", "settlement_kind"} <= set(found.never_filled)


def test_a_key_that_repeats(lab: Lab) -> None:
    lab.put("a.csv", csv_of(linked(1, "a"), linked(1, "b"), linked(2, "c"), header=WITH_IDS))
    (warning,) = feed_of(check(lab.home)).warnings
    assert warning.startswith("provider.payments: 1 rows repeat the provider_payment_id of another")


def test_a_sample_with_only_a_header(lab: Lab) -> None:
    lab.put("a.csv", csv_of())
    report = check(lab.home)
    assert feed_of(report).warnings == ["the sample has no rows of provider.payments."]
    assert report.exit_code == 0


def test_a_feed_of_which_every_row_is_rejected_cannot_be_read(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1, amount="x")))
    assert check(lab.home).exit_code == 1


# ---------- ids


def test_rows_without_any_id(lab: Lab) -> None:
    says = "provider.payments: no payment_id, order_id or invoice_id in"
    lab.put("a.csv", csv_of(linked(1), linked(2), linked(3), header=WITH_IDS))
    assert feed_of(check(lab.home)).warnings == [f"{says} 3 of 3 rows: nothing will match."]
    lab.put("a.csv", csv_of(linked(1), linked(2, "o1"), linked(3, own="p1"), header=WITH_IDS))
    assert feed_of(check(lab.home)).warnings == [f"{says} 1 of 3 rows: these will match nothing by themselves."]
    lab.put("a.csv", csv_of(linked(1, "o1"), header=WITH_IDS))
    assert feed_of(check(lab.home)).warnings == []


def test_an_id_that_another_source_names_is_enough(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(2)))
    own = "provider_refund_id,provider_payment_id,amount,currency,status,created_at"
    lab.put("a.csv", csv_of("r1,1,1,AMD,pending,2026-11-20T10:00:00Z", header=own), "provider.refunds")
    site = "payment_id,provider_payment_id,amount,currency,status,status_source,created_at"
    lab.put("a.csv", csv_of("p1,2,10,AMD,failed,webhook,2026-11-20T10:00:00Z", header=site), "website.payments")
    (warning,) = feed_of(check(lab.home)).warnings
    assert "in 1 of 2 rows" in warning


def test_how_many_ids_are_found_where(lab: Lab) -> None:
    lab.put("a.csv", csv_of(linked(1, "o1"), linked(2, "o1"), linked(3, "o2"), linked(4, own="p"), header=WITH_IDS))
    lab.put("a.csv", csv_of(document(1, "o1"), document(2, "o7"), header=ERP), "erp.payments")
    report = check(lab.home)
    (link,) = contract_of(report).links
    assert (link.column, link.rows, link.feed, link.contract, link.rows_found) == (
        "order_id",
        3,
        "erp.payments",
        "erp.payments",
        2,
    )
    (back,) = contract_of(report, "erp.payments").links
    assert (back.rows, back.contract, back.rows_found) == (2, PAYMENTS, 1)


def test_parts_of_a_document_are_one_document(lab: Lab) -> None:
    lab.put("a.csv", csv_of(document("D1#1", "o1"), document("D1#2", "o2"), header=ERP), "erp.payments")
    header = "receipt_id,receipt_type,amount,currency,status,created_at,erp_document_id"
    lab.put("a.csv", csv_of("1,sale,10,AMD,queued,2026-11-20T10:00:00Z,D1", header=header), "fiscal.receipts")
    found = {link.column: link.rows_found for link in contract_of(check(lab.home), "fiscal.receipts").links}
    assert found == {"erp_document_id": 1}


@pytest.mark.parametrize(("named", "found"), [("own", 1), ("provider", 2)])
def test_receipts_name_our_payments_or_the_provider_s(lab: Lab, named: str, found: int) -> None:
    """One feed names them in one way."""
    lab.put("a.csv", csv_of(*(linked(f"provider-{number}", own=f"own-{number}") for number in (1, 2)), header=WITH_IDS))
    header = "receipt_id,receipt_type,amount,currency,status,created_at,payment_id"
    ids = {"own": ("own-1", "own-7"), "provider": ("provider-1", "provider-2", "provider-7")}[named]
    rows = [f"{number},sale,10,AMD,queued,2026-11-20T10:00:00Z,{own}" for number, own in enumerate(ids)]
    lab.put("a.csv", csv_of(*rows, header=header), "fiscal.receipts")
    report = check(lab.home)
    (link,) = contract_of(report, "fiscal.receipts").links
    assert (link.column, link.rows, link.contract, link.rows_found) == ("payment_id", len(ids), PAYMENTS, found)
    assert feed_of(report, "fiscal.receipts").warnings == []


@pytest.mark.parametrize("count", [9, 10])
def test_ids_of_one_name_that_are_not_the_same_ids(lab: Lab, count: int) -> None:
    """Of a few rows nothing is concluded."""
    lab.put("a.csv", csv_of(*(linked(number, f"A-{number}") for number in range(count)), header=WITH_IDS))
    lab.put("a.csv", csv_of(*(document(number, str(number)) for number in range(count)), header=ERP), "erp.payments")
    says = (
        "provider.payments: of 10 rows with order_id none is found in erp.payments: 'A-0' here, '0' there. "
        "Is it the same id, and are the samples of the same days?"
    )
    assert feed_of(check(lab.home)).warnings == ([says] if count == 10 else [])


def test_one_id_in_all_rows(lab: Lab) -> None:
    lab.put("a.csv", csv_of(*(linked(number, "0") for number in range(9)), header=WITH_IDS))
    assert feed_of(check(lab.home)).warnings == []
    lab.put("a.csv", csv_of(*(linked(number, "0") for number in range(10)), header=WITH_IDS))
    assert feed_of(check(lab.home)).warnings == ["provider.payments: order_id is '0' in all 10 rows that have it."]


@pytest.mark.parametrize(("minor", "rows", "warned"), [(1, 1, False), (2, 2, False), (3, 5, True), (3, 6, False)])
def test_amounts_in_minor_units_beside_major_ones(lab: Lab, minor: int, rows: int, warned: bool) -> None:
    """At least three linked rows, and more than half of them."""
    orders = [f"o{number}" for number in range(rows)]
    lab.put("a.csv", csv_of(*(linked(order, order) for order in orders), header=WITH_IDS))
    documents = [document(order, order, "1000" if place < minor else "10") for place, order in enumerate(orders)]
    lab.put("a.csv", csv_of(*documents, header=ERP), "erp.payments")
    report = check(lab.home)
    told = [text for feed in report.feeds for text in feed.warnings if "minor units" in text]
    assert [text.partition(":")[0] for text in told] == (["erp.payments", "provider.payments"] if warned else [])
    if warned:
        assert "100 times those of provider.payments in 3 of 5" in told[0]
        assert "a hundredth of those of erp.payments in 3 of 5" in told[1]


def test_partial_refunds_are_not_taken_for_minor_units(lab: Lab) -> None:
    lab.put("a.csv", csv_of(*(linked(n, f"o{n}", amount="1000") for n in range(5)), header=WITH_IDS))
    header = "provider_refund_id,provider_payment_id,amount,currency,status,created_at"
    refunds = [f"r{n},{n},10,AMD,pending,2026-11-20T10:00:00Z" for n in range(5)]
    lab.put("a.csv", csv_of(*refunds, header=header), "provider.refunds")
    report = check(lab.home)
    told = [text for feed in report.feeds for text in feed.warnings]
    assert [text for text in told if "minor units" in text] == []


@pytest.mark.parametrize(
    ("platform", "account", "period", "warned"),
    [
        (True, "", "2026-11-01", True),
        (True, "A1", "", True),
        (True, "A1", "2026-11-01", False),
        (False, "", "", False),
    ],
)
def test_invoices_of_the_erp_without_account_and_period(
    lab: Lab, platform: bool, account: str, period: str, warned: bool
) -> None:
    if platform:
        header = "platform_invoice_id,account_id,billing_period_start,billing_period_end,status,amount,currency"
        lab.put("a.csv", csv_of("P1,A1,2026-11-01,2026-11-30,open,10,AMD", header=header), "billing.invoices")
    own = "erp_document_id,number,posted,deleted,invoice_id,amount,currency,issued_at,status"
    header = f"{own},account_id,billing_period_start"
    row = f"D1,1,true,false,D1,10,AMD,2026-11-20T09:00:00Z,open,{account},{period}"
    lab.put("a.csv", csv_of(row, header=header), "erp.invoices")
    report = check(lab.home)
    assert contract_of(report, "erp.invoices").rows_accepted == 1
    told = [text for text in feed_of(report, "erp.invoices").warnings if "account_id and billing_period_start" in text]
    assert bool(told) == warned
    found = {link.column: link.rows_found for link in contract_of(report, "erp.invoices").links}
    assert found.get("account_id") == (1 if platform and account else None)


def test_the_ids_are_columns_of_contracts() -> None:
    columns = {name for contract in contracts().values() for name in contract.column_names}
    assert set(KINDS) <= columns
    for name, needed in NEEDED.items():
        assert set(needed) <= set(contracts()[name].column_names), name
        assert {KINDS[column] for column in needed} <= set(STRONG), name


# ---------- time zones and money


def test_the_zone_is_named_with_the_columns_that_need_it(lab: Lab) -> None:
    lab.put("a.csv", csv_of(linked(1, "o"), header=WITH_IDS))
    assert feed_of(check(lab.home)).zone_used_by == []
    naive = payment(1, status="paid", created_at="2026-11-20 10:00:00", paid_at="2026-11-20T10:00:00Z")
    lab.put("a.csv", csv_of(naive, payment(2)))
    found = feed_of(check(lab.home))
    assert (found.time_zone, found.zone_used_by) == ("Asia/Yerevan", ["provider.payments.created_at"])


def test_the_zone_that_is_tried_beside_differs_from_the_feeds_own(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: provider.payments, timezone: Etc/GMT+12}\n")
    lab.put("a.csv", csv_of(payment(1, created_at="2026-11-20 10:00:00")))
    assert feed_of(check(lab.home)).zone_used_by == ["provider.payments.created_at"]


def test_the_money_unit_of_every_format_is_known() -> None:
    assert set(FORMATS) <= set(MONEY_UNITS)


def test_a_native_format(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: arca, format: rbs_gateway, options: {currency: AMD}}\n")
    source = FIXTURES / "rbs_gateway" / "last_orders.json"
    report = check(lab.home, sample=source)
    (found,) = report.feeds
    assert found.feed == "arca"
    assert found.money_unit.startswith("minor units")
    assert sum(item.rows_read for item in found.contracts) > 0
    assert {item.unmapped for item in found.contracts} == {None}


NOTES = (
    "feeds:\n  - name: notes\n    format: table\n    contracts: [website.orders]\n    options:\n"
    "      website.orders:\n        columns: {{order_id: {}, amount: {}, currency: {{value: AMD}},\n"
    "          status: {{value: new}}, created_at: {}}}\n"
)


@pytest.mark.parametrize(
    ("amount", "header", "unread"),
    [
        ("Сумма", "Заказ;Сумма;Итог;Дата;Кто", ["Итог", "Кто"]),
        ("Сумма#2", "Заказ; Сумма;сумма;Дата;Кто", ["Кто", "Сумма#1"]),
        ("Сумма#1", "Заказ;Сумма;Сумма;Дата;Кто", ["Кто", "Сумма#2"]),
        ("Сумма", "Заказ;Сумма;Кто;Дата;Кто", ["Кто#1", "Кто#2"]),
    ],
)
def test_columns_that_the_options_of_a_table_do_not_read(lab: Lab, amount: str, header: str, unread: list[str]) -> None:
    lab.configure(NOTES.format("Заказ", f"'{amount}'", "Дата"))
    lab.put("a.csv", f"Отчёт\n{header}\no1;1;2;2026-11-20;x\n", "notes")
    found = contract_of(check(lab.home), "website.orders", "notes")
    assert (found.rows_accepted, found.unmapped) == (1, unread)


def test_json_and_files_without_a_header_do_not_tell_what_a_table_leaves_unread(lab: Lab) -> None:
    lab.configure(NOTES.format("id", "sum", "at"))
    lab.put("a.json", '[{"id": "o1", "sum": 1, "at": "2026-11-20", "who": "x"}]', "notes")
    found = contract_of(check(lab.home), "website.orders", "notes")
    assert (found.rows_accepted, found.unmapped) == (1, None)
    lab.configure(NOTES.format("'1'", "'2'", "'3'").replace("options:", "options:\n      header: false"))
    lab.put("a.csv", "o1;1;2026-11-20;x\n", "notes", "2026-11-21")
    found = contract_of(check(lab.home), "website.orders", "notes")
    assert (found.rows_accepted, found.unmapped) == (1, None)


# ---------- samples


def test_nothing_is_written_to_the_home(lab: Lab) -> None:
    lab.configure("feeds: []\n")
    lab.put("a.csv", csv_of(payment(1)))
    before = files_of(lab.home.path)
    check(lab.home)
    assert files_of(lab.home.path) == before


def test_a_home_that_is_not_there(lab: Lab) -> None:
    assert check(lab.home).feeds == []
    assert not lab.home.path.exists()


def test_the_sample_is_the_latest_date_and_no_waiver(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1), payment(2)), day="2026-11-18")
    lab.put("a.csv", csv_of(payment(1)), day="2026-11-19")
    waive(lab.home, PAYMENTS, DAY, "closed", "anna")
    report = check(lab.home)
    assert (str(feed_of(report).extract_date), contract_of(report).rows_read) == ("2026-11-19", 1)


def test_a_declared_feed_without_a_sample(lab: Lab) -> None:
    lab.configure("feeds:\n  - {name: kassa, format: yookassa}\n")
    report = check(lab.home)
    assert feed_of(report, "kassa").warnings[0].startswith("there is no sample. Put a file into inbox/kassa/")
    assert report.exit_code == 0


def test_a_system_that_has_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = "{system: yookassa, since: 2026-11-01, shop_id: '1', secret_key: env:KEY}"
    lab.configure(f"feeds:\n  - {{name: kassa, format: yookassa, pull: {pull}}}\n")
    monkeypatch.setattr("ingest.check_samples.pull_sample", lambda *_: [])
    report = check(lab.home)
    assert feed_of(report, "kassa").warnings == [
        "the system has nothing of the last 30 days. Check the feed's `pull` in sverka.yml."
    ]
    assert report.exit_code == 0


def test_a_given_sample_links_to_those_of_the_inbox(lab: Lab, tmp_path: Path) -> None:
    lab.put("a.csv", csv_of(document(1, "o1"), header=ERP), "erp.payments")
    sample = tmp_path / "sample.csv"
    sample.write_text(csv_of(linked(1, "o1"), header=WITH_IDS), encoding="utf-8")
    report = check(lab.home, PAYMENTS, sample)
    assert [item.feed for item in report.feeds] == [PAYMENTS]
    assert feed_of(report).extract_date is None
    assert [link.rows_found for link in contract_of(report).links] == [1]


@pytest.mark.parametrize(
    ("feed", "name", "says"),
    [
        ("provider.payment", None, "did you mean 'provider.payments'"),
        (None, "a.csv", "--feed"),
        (PAYMENTS, "a.csv.tmp", "never read"),
    ],
)
def test_wrong_usage(lab: Lab, tmp_path: Path, feed: str | None, name: str | None, says: str) -> None:
    sample = tmp_path / name if name else None
    if sample:
        sample.write_text(csv_of(payment(1)), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=says):
        check(lab.home, feed, sample)


def test_a_file_that_the_machine_cannot_read(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    lab.put("a.csv", csv_of(payment(1)))
    monkeypatch.setattr("ingest.landing.store", fail)
    report = check(lab.home)
    assert [file.outcome for file in feed_of(report).files] == ["unread"]
    assert "Input/output error" in report.warnings[0]
    assert report.exit_code == 1


def test_folders_that_belong_to_no_feed(lab: Lab) -> None:
    lab.put("a.csv", csv_of(payment(1)), "provider.paymnets")
    assert check(lab.home).warnings == ["inbox/provider.paymnets belongs to no feed and is never read."]


# ---------- the command


def test_the_command(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVERKA_HOME", str(lab.home.path))
    lab.put("a.csv", csv_of(linked(1, "o1"), payment("2", amount="x") + ",,", header=WITH_IDS))
    answer = CliRunner().invoke(main, ["check"])
    assert answer.exit_code == 0, answer.output
    for words in ("bad_decimal", "Asia/Yerevan", "major units", "never filled", "1 of 2 rows are rejected"):
        assert words in answer.output
    lab.put("b.csv", "nothing\n1\n")
    answer = CliRunner().invoke(main, ["check", "--json"])
    content = json.loads(answer.output)
    assert (answer.exit_code, content["exit_code"], content["feeds"][0]["is_readable"]) == (1, 1, False)
    assert "missing_required_column" in CliRunner().invoke(main, ["check"]).output
    lab.configure("feeds:\n  - {name: x, format: nonsense}\n")
    assert CliRunner().invoke(main, ["check"]).exit_code == 2
