"""The traps of 1CClientBankExchange: encodings, direction, equal lines, control totals, currency."""

from collections.abc import Callable, Mapping

import pytest

from ingest.formats.base import FileRefused, Reject, Row

FORMAT = "client_bank_exchange"
OWN, SECOND, OTHER = "40702810500000004242", "40702978800000004243", "40702810900000000077"

Parse = Callable[..., list[Row | Reject]]
Refusal = Callable[..., FileRefused]


def block(begin: str, end: str, fields: Mapping[str, str]) -> str:
    return "\n".join([begin, *(f"{key}={value}" for key, value in fields.items()), end]) + "\n"


def section(account: str = OWN, **fields: str) -> str:
    return block("СекцияРасчСчет", "КонецРасчСчет", {"РасчСчет": account} | fields)


def document(**fields: str) -> str:
    return block("СекцияДокумент=Платежное поручение", "КонецДокумента", {"Номер": "1", "Сумма": "10.00"} | fields)


def money_in(**fields: str) -> str:
    return document(**{"ПлательщикСчет": OTHER, "ПолучательСчет": OWN, "ДатаПоступило": "01.11.2026"} | fields)


def money_out(**fields: str) -> str:
    return document(**{"ПлательщикСчет": OWN, "ПолучательСчет": OTHER, "ДатаСписано": "01.11.2026"} | fields)


def statement(*blocks: str, header: str = f"РасчСчет={OWN}\n", end: str = "КонецФайла\n") -> str:
    return "1CClientBankExchange\nВерсияФормата=1.02\nКодировка=DOS\n" + header + "".join(blocks) + end


def only(parsed: list[Row | Reject]) -> dict[str, str | None]:
    (row,) = parsed
    assert isinstance(row, Row)
    return row.values


def rejected(parsed: list[Row | Reject]) -> tuple[str, str]:
    (reject,) = parsed
    assert isinstance(reject, Reject)
    return reject.column, reject.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_encoding_line_is_not_believed(parse: Parse, encoding: str, line_end: str) -> None:
    data = statement(money_in(Плательщик1="Ёлка")).replace("\n", line_end).encode(encoding)
    assert only(parse(FORMAT, data))["counterparty_name"] == "Ёлка"


def test_utf8_and_cp1251_twins_are_equal(parse: Parse) -> None:
    content = statement(money_in(Плательщик1="Ёлка"), money_out(НазначениеПлатежа="Щётки"))
    assert parse(FORMAT, content.encode()) == parse(FORMAT, content.replace("\n", "\r\n").encode("cp1251"))


def test_a_dos_file_is_refused_unless_its_encoding_is_declared(parse: Parse, refusal: Refusal) -> None:
    data = statement(money_in(Плательщик1="Липа")).encode("cp866")
    assert refusal(FORMAT, data).reason == "undecodable"
    assert only(parse(FORMAT, data, encoding="cp866"))["counterparty_name"] == "Липа"


def test_money_in_is_positive_and_out_is_negative(parse: Parse) -> None:
    incoming, outgoing = parse(FORMAT, statement(money_in(), money_out()))
    assert isinstance(incoming, Row)
    assert isinstance(outgoing, Row)
    assert (incoming.values["amount"], outgoing.values["amount"]) == ("10.00", "-10.00")


def test_both_dates_do_not_confuse_the_direction(parse: Parse) -> None:
    values = only(parse(FORMAT, statement(money_in(ДатаСписано="31.10.2026"))))
    assert (values["amount"], values["booked_date"]) == ("10.00", "2026-11-01")


def test_a_transfer_between_own_accounts_is_a_line_of_each(parse: Parse) -> None:
    transfer = document(ПлательщикСчет=OWN, ПолучательСчет=SECOND, ДатаСписано="01.11.2026", ДатаПоступило="02.11.2026")
    lines = parse(FORMAT, statement(transfer, header=f"РасчСчет={OWN}\nРасчСчет={SECOND}\n"))
    assert [(line.values["account"], line.values["amount"], line.values["currency"]) for line in lines] == [  # type: ignore[union-attr]
        (SECOND, "10.00", "EUR"),
        (OWN, "-10.00", "RUB"),
    ]


def test_a_transfer_booked_on_one_account_so_far_is_one_line(parse: Parse) -> None:
    transfer = document(ПлательщикСчет=OWN, ПолучательСчет=SECOND, ДатаСписано="01.11.2026")
    assert only(parse(FORMAT, statement(transfer, header=f"РасчСчет={OWN}\nРасчСчет={SECOND}\n")))["account"] == OWN


def test_without_own_accounts_one_date_tells_the_direction_and_two_do_not(parse: Parse) -> None:
    assert only(parse(FORMAT, statement(money_in(), header="")))["account"] == OWN
    assert rejected(parse(FORMAT, statement(money_in(ДатаСписано="01.11.2026"), header=""))) == (
        "booked_date",
        "missing_required",
    )


def test_an_account_of_indirect_settlement_is_recognised(parse: Parse) -> None:
    values = only(parse(FORMAT, statement(money_in(ПолучательСчет="30101810000000000001", ПолучательРасчСчет=OWN))))
    assert values["account"] == OWN


def test_an_unbooked_order_is_no_money(parse: Parse) -> None:
    assert rejected(parse(FORMAT, statement(money_out(ДатаСписано="")))) == ("booked_date", "missing_required")


def test_the_date_of_the_other_side_does_not_book_the_line(parse: Parse) -> None:
    unbooked = money_out(ДатаСписано="", ДатаПоступило="01.11.2026")
    assert rejected(parse(FORMAT, statement(unbooked))) == ("booked_date", "missing_required")


@pytest.mark.parametrize("amount", ["1 234,50", "10,00", "1.234.50", "1e3", "١٠", "десять", "10.00руб"])
def test_a_garbled_amount_is_rejected_never_guessed(parse: Parse, amount: str) -> None:
    assert rejected(parse(FORMAT, statement(money_in(Сумма=amount)))) == ("amount", "bad_decimal")


def test_30_february_is_rejected(parse: Parse) -> None:
    assert rejected(parse(FORMAT, statement(money_in(ДатаПоступило="30.02.2026")))) == ("booked_date", "bad_date")


def test_equal_lines_of_a_day_are_two_lines_with_stable_ids(parse: Parse) -> None:
    twice = [row.values["bank_line_id"] for row in parse(FORMAT, statement(money_in(), money_in()))]  # type: ignore[union-attr]
    later = parse(FORMAT, statement(money_out(), money_in(Сумма="10"), money_in(), money_in(Номер="2")))
    assert twice == [f"{OWN}|2026-11-01|1|10|{OTHER}|1", f"{OWN}|2026-11-01|1|10|{OTHER}|2"]
    assert [row.values["bank_line_id"] for row in later][1:3] == twice  # type: ignore[union-attr]


def test_the_tax_id_is_taken_from_before_the_name(parse: Parse) -> None:
    values = only(parse(FORMAT, statement(money_in(Плательщик="ИНН 7702999202 ООО Граб"))))
    assert (values["counterparty_name"], values["counterparty_tax_id"]) == ("ООО Граб", "7702999202")


@pytest.mark.parametrize(("digits", "currency"), [("810", "RUB"), ("643", "RUB"), ("840", "USD"), ("051", "AMD")])
def test_the_currency_stands_in_the_account(parse: Parse, digits: str, currency: str) -> None:
    account = f"40702{digits}500000004242"
    content = statement(money_in(ПолучательСчет=account), header=f"РасчСчет={account}\n")
    assert only(parse(FORMAT, content, currency="GBP"))["currency"] == currency


def test_an_account_that_does_not_tell_its_currency_needs_the_option(parse: Parse, refusal: Refusal) -> None:
    content = statement(money_in(ПолучательСчет="1570004242"), header="РасчСчет=1570004242\n")
    assert only(parse(FORMAT, content, currency="amd"))["currency"] == "AMD"
    assert "currency: RUB" in refusal(FORMAT, content).message
    assert "ZZZ" in refusal(FORMAT, content, currency="ZZZ").message


# ---------- control totals


def totals(opening: str, total_in: str, total_out: str, closing: str, account: str = OWN, day: str = "01") -> str:
    return section(
        account,
        ДатаНачала=f"{day}.11.2026",
        ДатаКонца=f"{day}.11.2026",
        НачальныйОстаток=opening,
        ВсегоПоступило=total_in,
        ВсегоСписано=total_out,
        КонечныйОстаток=closing,
    )


def test_totals_that_agree_load(parse: Parse) -> None:
    assert len(parse(FORMAT, statement(totals("5", "10", "10.00", "5.00"), money_in(), money_out()))) == 2


@pytest.mark.parametrize(
    "blocks",
    [
        (totals("5", "10", "0", "16"), money_in()),
        (totals("5", "10", "0", "15"),),
        (totals("5", "10", "0", "15"), money_in(), money_in()),
        (totals("5", "10", "10", "5"), money_in()),
        (totals("5", "ten", "0", "15"), money_in()),
        (totals("5", "10", "0", "15"), totals("15", "10", "0", "25", day="02"), money_in()),
    ],
    ids=["arithmetic", "no documents", "one too many", "no outgoing", "unreadable", "second day missing"],
)
def test_totals_that_disagree_refuse_the_file(refusal: Refusal, blocks: tuple[str, ...]) -> None:
    assert refusal(FORMAT, statement(*blocks)).reason == "control_total_mismatch"


def test_daily_sections_of_one_account_add_up(parse: Parse) -> None:
    days = totals("5", "10", "0", "15"), totals("15", "10", "0", "25", day="02")
    assert len(parse(FORMAT, statement(*days, money_in(), money_in(ДатаПоступило="02.11.2026")))) == 2


@pytest.mark.parametrize("total_in", ["10", "20"])
def test_a_document_booked_outside_the_period_may_be_in_the_total_or_not(parse: Parse, total_in: str) -> None:
    late = money_in(Номер="2", ДатаПоступило="03.12.2026")
    content = statement(totals("5", total_in, "0", str(5 + int(total_in))), money_in(), late)
    assert len(parse(FORMAT, content)) == 2


def test_a_total_is_not_compared_with_documents_that_cannot_be_read(parse: Parse) -> None:
    parsed = parse(FORMAT, statement(totals("5", "30", "0", "35"), money_in(), money_in(Сумма="2O.00")))
    assert [type(item) for item in parsed] == [Row, Reject]


def test_a_bad_date_does_not_take_the_money_out_of_the_total(parse: Parse) -> None:
    parsed = parse(FORMAT, statement(totals("5", "20", "0", "25"), money_in(), money_in(ДатаПоступило="30.02.2026")))
    assert [type(item) for item in parsed] == [Row, Reject]


# ---------- what is not a whole statement


@pytest.mark.parametrize(
    "content",
    [
        statement(money_in(), end=""),
        statement(money_in().replace("КонецДокумента\n", "")),
        statement("КонецДокумента\n"),
        statement(money_in()) + "ещё\n",
        statement(money_in().replace("Номер=1", "Номер")),
        statement(money_in().replace("Сумма=10.00", "Сумма=10.00\nСумма=20.00")),
        statement(money_in()).replace("1.02", "9.99"),
        "1CClientBankExchange",
        "Здравствуйте",
        "***** ^Type=7^ ^Acc=1^",
    ],
)
def test_a_damaged_or_foreign_file_is_refused(refusal: Refusal, content: str) -> None:
    assert refusal(FORMAT, content).reason == "unparsable"


@pytest.mark.parametrize(("number", "bank"), [("4", "Alfa-Bank Belarus"), ("400", "Priorbank")])
def test_the_belarusian_dialects_are_named(refusal: Refusal, number: str, bank: str) -> None:
    message = refusal(FORMAT, f"***** ^Type={number}^ ^Acc=BY00^\n".encode("cp1251")).message
    assert bank in message
    assert "export" in message


@pytest.mark.parametrize("version", ["1.01", "1.02", "1.03"])
def test_versions(parse: Parse, version: str) -> None:
    assert len(parse(FORMAT, statement(money_in()).replace("1.02", version))) == 1


def test_a_purpose_of_several_lines_is_one_text(parse: Parse) -> None:
    values = only(parse(FORMAT, statement(money_in(НазначениеПлатежа="Аренда,\nноябрь"))))
    assert values["purpose"] == "Аренда, ноябрь"


def test_a_stray_line_does_not_continue_the_purpose_of_the_document_before(refusal: Refusal) -> None:
    stray = money_in().replace("Номер=1\n", "ноябрь\n")
    assert "line" in refusal(FORMAT, statement(money_in(НазначениеПлатежа="Аренда"), stray)).message


# ---------- contracts


def test_erp_payments_are_the_incoming_lines(parse: Parse) -> None:
    parsed = parse(FORMAT, statement(money_out(), money_in(ПолучательИНН="7702999991")), ("erp.payments",))
    values = only(parsed)
    assert (values["document_type"], values["amount"], values["posted"]) == ("bank_receipt", "10.00", "true")
    assert values["organisation_tax_id"] == "7702999991"
    assert "#" not in str(values["erp_document_id"])


def test_rejects_of_erp_payments_name_its_columns(parse: Parse) -> None:
    parsed = parse(FORMAT, statement(money_in(ДатаПоступило="30.02.2026"), money_out(Сумма="x")), ("erp.payments",))
    assert rejected(parsed) == ("document_date", "bad_date")
