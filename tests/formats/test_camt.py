"""The traps of camt: versions, signs, what is booked, account and other side, totals, exact dates and amounts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.formats.base import FileRefused, Reject, Row
from tests.formats.results import amounts, values

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def fixture(name: str) -> str:
    return (FIXTURES / name).read_text("utf-8")


STATEMENT = fixture("camt/statement_053_v2.xml")


def camt(entries: str, kind: str = "Stmt") -> str:
    return (
        f"<Document><BkToCstmrStmt><{kind}><Acct><Id><IBAN>ACC</IBAN></Id></Acct>{entries}"
        f"</{kind}></BkToCstmrStmt></Document>"
    )


def entry(amount: str = "5.00", mark: str = "CRDT", booked: str = "<Dt>2026-11-20</Dt>", more: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt>{booked}</BookgDt>{more}</Ntry>"
    )


def test_camt_namespace_and_version_change_nothing(parse: Parse) -> None:
    rows = parse("camt", STATEMENT)
    assert rows == parse("camt", fixture("camt/statement_053_v8_no_namespace.xml"))
    assert rows == parse("camt", STATEMENT.replace("camt.053.001.02", "camt.053.001.99"))
    prefixed = (
        STATEMENT.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace(" xmlns=", " xmlns:x=")
    )
    assert rows == parse("camt", prefixed)


@pytest.mark.parametrize(
    ("message", "section"),
    [
        ("BkToCstmrAcctRpt", "Rpt"),
        ("BkToCstmrAcctRptV01", "Rpt"),
        ("BkToCstmrStmtV01", "Stmt"),
        ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    ],
)
def test_camt_052_and_054_give_the_rows_of_053(parse: Parse, message: str, section: str) -> None:
    other = (
        STATEMENT.replace("BkToCstmrStmt", message).replace("<Stmt>", f"<{section}>").replace("/Stmt>", f"/{section}>")
    )
    assert parse("camt", other) == parse("camt", STATEMENT)
    notified = values(parse("camt", fixture("camt/notification_054.xml")), "bank_line_id")
    assert notified == values(parse("camt", STATEMENT), "bank_line_id")[:1]


@pytest.mark.parametrize("booked", ["<Dt>2026-02-30</Dt>", "<Dt>20.11.2026</Dt>", "<DtTm>2026-02-30T10:00:00</DtTm>"])
def test_camt_30_february_is_rejected(parse: Parse, booked: str) -> None:
    assert amounts(parse("camt", camt(entry(booked=booked)))) == ["booked_date: bad_date"]


def test_camt_booking_date_is_never_the_value_date(parse: Parse) -> None:
    item = entry(booked="").replace("<BookgDt></BookgDt>", "<ValDt><Dt>2026-11-20</Dt></ValDt>")
    assert amounts(parse("camt", camt(item))) == ["booked_date: missing_required"]


@pytest.mark.parametrize("amount", ["5,00", "-5.00", "5.0.0", "1e2", "NaN", "5 000.00", "٥"])
def test_camt_garbled_amount_is_rejected(parse: Parse, amount: str) -> None:
    assert amounts(parse("camt", camt(entry(amount)))) == ["amount: bad_decimal"]


def test_camt_sign_is_the_entrys_even_of_a_reversal(parse: Parse) -> None:
    items = parse("camt", camt(entry(mark="DBIT") + entry(more="<RvslInd>true</RvslInd>") + entry(mark="?")))
    assert amounts(items) == ["-5.00", "5.00", "amount: unknown_enum_value"]


@pytest.mark.parametrize("status", ["<Sts>PDNG</Sts>", "<Sts><Cd>PDNG</Cd></Sts>", "<Sts><Cd>FUTR</Cd></Sts>"])
def test_camt_pending_entry_is_not_money(parse: Parse, status: str) -> None:
    assert amounts(parse("camt", camt(entry().replace("<Sts>BOOK</Sts>", status)))) == ["status: out_of_range"]


def test_camt_two_equal_entries_of_a_day_are_two_payments(parse: Parse) -> None:
    ids = values(parse("camt", camt(entry() * 2)), "bank_line_id")
    assert ids == ["ACC|2026-11-20|||5|1", "ACC|2026-11-20|||5|2"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(">3958.00<", ">3958.01<"), (">3158.00<", ">3157<"), (">5</NbOfNtries", ">4</NbOfNtries"), (">100.0<", ">a<")],
)
def test_camt_balances_and_summary_are_control_totals(refusal: Refusal, old: str, new: str) -> None:
    assert old in STATEMENT
    assert refusal("camt", STATEMENT.replace(old, new)).reason == "control_total_mismatch"


@pytest.mark.parametrize(
    ("number", "last", "is_proved"),
    [("1", "true", True), ("1", "1", True), ("1", "false", False), ("2", "true", False)],
)
@pytest.mark.parametrize("name", ["StmtPgntn", "RptPgntn", "NtfctnPgntn"])
def test_camt_page_of_a_statement_has_no_balance_to_prove(
    parse: Parse, refusal: Refusal, name: str, number: str, last: str, is_proved: bool
) -> None:
    page = f"<{name}><PgNb>{number}</PgNb><LastPgInd>{last}</LastPgInd></{name}><Acct>"
    other = STATEMENT.replace("<Acct>", page, 1).replace(">3958.00<", ">9.00<")
    if is_proved:
        assert refusal("camt", other).reason == "control_total_mismatch"
    else:
        assert len(parse("camt", other)) == 5


def test_camt_balance_that_was_carried_forward_opens_a_statement(parse: Parse, refusal: Refusal) -> None:
    carried = STATEMENT.replace("OPBD", "PRCD")
    assert parse("camt", carried) == parse("camt", STATEMENT)
    assert refusal("camt", carried.replace(">3958.00<", ">9.00<")).reason == "control_total_mismatch"


def test_camt_other_message_is_refused(refusal: Refusal) -> None:
    assert "no statement" in refusal("camt", "<Document><CstmrCdtTrfInitn/></Document>").message
    assert "no statement" in refusal("camt", fixture("camt/no_statement.xml")).message


def test_camt_debtor_of_money_in_and_creditor_of_money_out(parse: Parse) -> None:
    assert values(parse("camt", STATEMENT), "counterparty_name")[:3] == ["OOO Ромашка", "OOO Ромашка", "Bank"]


def test_camt_references_tax_id_and_purpose(parse: Parse) -> None:
    items = parse("camt", STATEMENT)
    assert values(items, "bank_reference") == ["E2E-1", "E2E-1", "FEE", None, "BATCH"]
    assert values(items, "counterparty_tax_id") == ["7701234567", "7701234567", None, None, None]
    assert values(items, "purpose") == ["Invoice 17", "Invoice 17", "Fee", None, "A; B"]


@pytest.mark.parametrize(
    ("ident", "account"),
    [
        ("<Othr><Id>40702810</Id></Othr>", "40702810"),
        ("<Othr><Id>40702810</Id></Othr><IBAN>AM01</IBAN>", "AM01"),
        ("<BBAN>B1</BBAN>", "B1"),
        ("<PrtryAcct><Id>P1</Id></PrtryAcct>", "P1"),
        ("", "account: missing_required"),
    ],
)
def test_camt_account_is_the_iban_else_the_banks_own_number(parse: Parse, ident: str, account: str) -> None:
    (item,) = parse("camt", camt(entry()).replace("<IBAN>ACC</IBAN>", ident))
    assert (item.values["account"] if isinstance(item, Row) else f"{item.column}: {item.reason}") == account


@pytest.mark.parametrize("scheme", ["<Cd>TXID</Cd>", "<Prtry>inn</Prtry>", "<Prtry>ИНН</Prtry>", "<Cd>CUST</Cd>"])
@pytest.mark.parametrize(("role", "kind"), [("Dbtr", "OrgId"), ("UltmtDbtr", "PrvtId")])
def test_camt_tax_id_is_told_by_its_scheme(parse: Parse, scheme: str, role: str, kind: str) -> None:
    ident = f"<Id><{kind}><Othr><Id>77</Id><SchmeNm>{scheme}</SchmeNm></Othr></{kind}></Id>"
    party = f"<NtryDtls><TxDtls><RltdPties><{role}><Nm>A</Nm>{ident}</{role}></RltdPties></TxDtls></NtryDtls>"
    items = parse("camt", camt(entry(more=party)))
    assert values(items, "counterparty_name") == ["A"]
    assert values(items, "counterparty_tax_id") == [None if "CUST" in scheme else "77"]


def test_camt_currency_is_the_amounts_and_is_never_assumed(parse: Parse) -> None:
    assert values(parse("camt", camt(entry().replace("EUR", "AMD"))), "currency") == ["AMD"]
    assert amounts(parse("camt", camt(entry().replace(' Ccy="EUR"', "")))) == ["currency: missing_required"]
