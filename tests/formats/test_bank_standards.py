"""The traps of MT940 and OFX: dates and amounts are read exactly or refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import amounts, values

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


# ---------- mt940


def mt940(*lines: str, closing: str = "C261120EUR0,00") -> str:
    return "\n".join((":20:S", ":25:ACC", ":28C:1/1", ":60F:C261119EUR0,00", *lines, f":62F:{closing}", "-", ""))


def one(*lines: str, closing: str = "C261120EUR5,00") -> str:
    return mt940(*lines, closing=closing)


@pytest.mark.parametrize("line", ["2602300301C5,00NTRFX", "260230C5,00NTRFX", "2611200230C5,00NTRFX"])
def test_mt940_30_february_is_rejected(parse: Parse, line: str) -> None:
    assert amounts(parse("mt940", one(f":61:{line}"))) == ["booked_date: bad_date"]


@pytest.mark.parametrize("amount", ["5.00", "1.005,00", "5", "5,0,0", "5,00000"])
def test_mt940_garbled_amount_is_rejected(parse: Parse, amount: str) -> None:
    assert amounts(parse("mt940", one(f":61:261120C{amount}NTRFX"))) == ["amount: bad_decimal"]


@pytest.mark.parametrize(
    "line", ["261120C5O,00NTRFX", "261120C-5,00NTRFX", "261120X5,00NTRFX", "261120C5,00", "garbage", ""]
)
def test_mt940_line_that_is_none_refuses_the_file(refusal: Refusal, line: str) -> None:
    assert "line 5" in refusal("mt940", one(f":61:{line}")).message


@pytest.mark.parametrize(("mark", "amount"), [("C", "5.00"), ("D", "-5.00"), ("RC", "-5.00"), ("RD", "5.00")])
def test_mt940_sign_and_reversals(parse: Parse, mark: str, amount: str) -> None:
    closing = f"{'D' if amount[0] == '-' else 'C'}261120EUR5,00"
    assert amounts(parse("mt940", mt940(f":61:261120{mark}5,00NTRFX", closing=closing))) == [amount]


def test_mt940_expected_entry_is_not_money(parse: Parse) -> None:
    assert amounts(parse("mt940", mt940(":61:261120EC5,00NTRFX"))) == ["amount: out_of_range"]


def test_mt940_letter_after_the_mark_is_a_funds_code(parse: Parse) -> None:
    assert amounts(parse("mt940", one(":61:2611201120CR5,00NTRFX"))) == ["5.00"]


def test_mt940_two_equal_lines_of_a_day_are_two_payments(parse: Parse) -> None:
    items = parse("mt940", mt940(*[":61:261120C5,00NTRFX//B"] * 2, closing="C261120EUR10,00"))
    assert values(items, "bank_line_id") == ["ACC|2026-11-20|X|B|5|1", "ACC|2026-11-20|X|B|5|2"]


@pytest.mark.parametrize(
    ("line", "booked"),
    [
        ("2612310101", "2027-01-01"),
        ("2701011231", "2026-12-31"),
        ("261120", "2026-11-20"),
        ("2402280229", "2024-02-29"),
    ],
)
def test_mt940_year_of_the_entry_date_is_the_nearest(parse: Parse, line: str, booked: str) -> None:
    assert values(parse("mt940", one(f":61:{line}C5,00NTRFX")), "booked_date") == [booked]


def test_mt940_closing_balance_is_a_control_total(refusal: Refusal) -> None:
    message = mt940(":61:261120C5,00NTRFX", closing="C261120EUR5,01")
    assert refusal("mt940", message).reason == "control_total_mismatch"
    assert refusal("mt940", message.replace("C261120EUR5,01", "D261120EUR5,00")).reason == "control_total_mismatch"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (one(":61:261120C5,00NTRFX").replace(":62F:", ":99:"), "no :62F:"),
        (":61:261120C5,00NTRFX\n", "before :20:"),
        ("nothing", "no field :20:"),
        (one().replace("C261120EUR5,00", "C261120EUR5.00"), "balance"),
        (one().replace("C261119EUR0,00", "C260230EUR0,00"), "balance"),
        (one().replace(":62F:", ":60F:C261119EUR0,00\n:62F:"), "twice"),
        (one(":61:261120C5,00NTRFX").replace("C261120EUR5", "C261120USD5"), "closes in USD"),
    ],
)
def test_mt940_not_a_whole_statement(refusal: Refusal, text: str, words: str) -> None:
    assert words in refusal("mt940", text).message


def test_mt940_subfields_that_are_full_go_on_without_a_space(parse: Parse) -> None:
    full = "A" * 27
    details = f":86:?20ORDER 17?21AND 18?32{full}?33BBB"
    items = parse("mt940", one(":61:261120C5,00NTRFX", details))
    assert values(items, "purpose") == ["ORDER 17 AND 18"]
    assert values(items, "counterparty_name") == [f"{full}BBB"]


def test_mt940_code_page_is_declared_not_guessed(parse: Parse, refusal: Refusal) -> None:
    text = one(":61:261120C5,00NTRFX", ":86:Оплата").encode("cp1251")
    assert refusal("mt940", text).reason == "undecodable"
    assert values(parse("mt940", text, encoding="cp1251"), "purpose") == ["Оплата"]
    assert values(parse("mt940", one(":61:261120C5,00NTRFX", ":86:Оплата")), "purpose") == ["Оплата"]


@pytest.mark.parametrize(
    ("rest", "reference"),
    [("ORDER-17//BANKREF1", "BANKREF1"), ("ORDER-17", "ORDER-17"), ("NONREF//B", "B"), ("NONREF", None)],
)
def test_mt940_reference_is_the_banks_else_ours(parse: Parse, rest: str, reference: str | None) -> None:
    assert values(parse("mt940", one(f":61:261120C5,00NTRF{rest}")), "bank_reference") == [reference]


@pytest.mark.parametrize(
    ("details", "name", "tax_id", "purpose"),
    [
        ("?20RETURN?32IVANOV INN 7701234567", "IVANOV INN 7701234567", "7701234567", "RETURN"),
        ("/NAME/IVANOV/REMI/RETURN", "IVANOV", None, "RETURN"),
        ("RETURN OF INN:770123456789", None, "770123456789", "RETURN OF INN:770123456789"),
    ],
)
def test_mt940_other_side_and_purpose(
    parse: Parse, details: str, name: str | None, tax_id: str | None, purpose: str
) -> None:
    items = parse("mt940", one(":61:261120C5,00NTRFX", f":86:{details}"))
    assert values(items, "counterparty_name") == [name]
    assert values(items, "counterparty_tax_id") == [tax_id]
    assert values(items, "purpose") == [purpose]


# ---------- ofx


def ofx(*transactions: str, currency: str = "EUR") -> str:
    return (
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}<BANKACCTFROM><ACCTID>ACC</BANKACCTFROM><BANKTRANLIST>"
        f"{''.join(transactions)}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )


def moved(amount: str = "5.00", posted: str = "20261120", fitid: str = "1", kind: str = "OTHER", more: str = "") -> str:
    return f"<STMTTRN><TRNTYPE>{kind}<DTPOSTED>{posted}<TRNAMT>{amount}<FITID>{fitid}{more}</STMTTRN>"


@pytest.mark.parametrize("posted", ["20260230", "2026-11-20", "20261120250", "261120", "20.11.2026", "00000000"])
def test_ofx_30_february_is_rejected(parse: Parse, posted: str) -> None:
    assert amounts(parse("ofx", ofx(moved(posted=posted)))) == ["booked_date: bad_date"]


@pytest.mark.parametrize("amount", ["1,234.56", "1,234", "1 234", "5-", "1e2", "NaN", "5.00 EUR", "--5"])
def test_ofx_garbled_or_ambiguous_amount_is_rejected(parse: Parse, amount: str) -> None:
    assert amounts(parse("ofx", ofx(moved(amount)))) == ["amount: bad_decimal"]


def test_ofx_decimal_dot_or_comma(parse: Parse) -> None:
    assert amounts(parse("ofx", ofx(moved("-5,5"), moved("+5.5", fitid="2")))) == ["-5.5", "5.5"]


@pytest.mark.parametrize(("kind", "amount"), [("DEBIT", "5"), ("CREDIT", "-5")])
def test_ofx_swapped_debit_and_credit_are_rejected(parse: Parse, kind: str, amount: str) -> None:
    assert amounts(parse("ofx", ofx(moved(amount, kind=kind)))) == ["amount: out_of_range"]


def test_ofx_two_equal_lines_of_a_day_are_two_payments(parse: Parse) -> None:
    assert values(parse("ofx", ofx(moved(), moved())), "bank_line_id") == ["ACC|1", "ACC|1|2"]


def test_ofx_day_is_as_written_whatever_its_zone(parse: Parse) -> None:
    items = parse("ofx", ofx(moved(posted="20261120235959.999[-5:EST]"), moved(posted="20261120000000[+4]")))
    assert values(items, "booked_date") == ["2026-11-20", "2026-11-20"]


def test_ofx_utf8_and_cp1251_twins_give_equal_rows(parse: Parse) -> None:
    twins = [(FIXTURES / "ofx" / f"statement_sgml_{name}.ofx").read_bytes() for name in ("utf8", "1251")]
    assert parse("ofx", twins[0]) == parse("ofx", twins[1])


def test_ofx_pending_transaction_is_not_money(parse: Parse) -> None:
    pending = moved().replace("STMTTRN>", "STMTTRNP>")
    assert amounts(parse("ofx", ofx(pending))) == ["status: out_of_range"]


def test_ofx_text_that_belongs_to_no_tag_refuses_the_file(refusal: Refusal) -> None:
    assert refusal("ofx", ofx(moved()).replace("</STMTTRN>", "</STMTTRN> 100.00 ")).reason == "unparsable"
    assert refusal("ofx", ofx(moved()).replace("<TRNAMT>", "<TRN AMT>")).reason == "unparsable"
    assert refusal("ofx", ofx(moved()) + "<OFX>").reason == "unparsable"


def test_ofx_tags_in_small_letters_are_not_passed_over(parse: Parse) -> None:
    assert amounts(parse("ofx", ofx(moved()).lower().replace("eur", "EUR"))) == ["5.00"]


def test_ofx_document_types_and_depth(refusal: Refusal) -> None:
    assert "document type" in refusal("ofx", '<!DOCTYPE a [<!ENTITY b "c">]>' + ofx(moved())).message
    deep = "<A>" * 100 + "</A>" * 100
    assert "deeply" in refusal("ofx", f"<OFX>{deep}</OFX>").message


def test_ofx_currency_of_the_statement_of_the_line_or_declared(parse: Parse, refusal: Refusal) -> None:
    other = moved(more="<CURRENCY><CURRATE>90<CURSYM>USD</CURRENCY>")
    assert values(parse("ofx", ofx(moved(), other)), "currency") == ["EUR", "USD"]
    bare = ofx(moved()).replace("<CURDEF>EUR", "")
    assert amounts(parse("ofx", bare)) == ["currency: missing_required"]
    assert values(parse("ofx", bare, currency="RUB"), "currency") == ["RUB"]


def test_ofx_account_references_and_other_side(parse: Parse) -> None:
    told = moved(more="<REFNUM>R-3<CHECKNUM>7<NAME>OOO A<MEMO>Invoice 17")
    (item,) = parse("ofx", ofx(told))
    assert isinstance(item, Row)
    keys = ("account", "bank_reference", "counterparty_name", "purpose")
    assert [item.values[key] for key in keys] == ["ACC", "R-3", "OOO A", "Invoice 17"]
    assert values(parse("ofx", ofx(moved(more="<CHECKNUM>7"))), "bank_reference") == ["7"]
    card = ofx(moved()).replace("STMTRS>", "CCSTMTRS>").replace("BANKACCTFROM>", "CCACCTFROM>")
    assert values(parse("ofx", card), "account") == ["ACC"]


def test_ofx_replacement_is_the_new_version_of_its_transaction(parse: Parse) -> None:
    replaced = moved("7.00", fitid="2", more="<CORRECTFITID>1<CORRECTACTION>REPLACE")
    assert values(parse("ofx", ofx(replaced)), "bank_line_id") == ["ACC|1"]


def test_ofx_error_status_is_refused_with_its_words(refusal: Refusal) -> None:
    error = "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR<MESSAGE>Bad login</STATUS></SONRS></OFX>"
    body = error.replace("</OFX>", "</SIGNONMSGSRSV1></OFX>")
    assert "Bad login" in refusal("ofx", body).message
