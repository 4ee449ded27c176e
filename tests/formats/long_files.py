"""Long files of every format: one record of its own fixture again and again, as long as wanted.

The parser's memory and its speed are measured on them. All records give rows; each has an id of its own where the
parser keeps ids.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.formats.base import FormatOptions

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
NUMBER = "¤"
"""In a record its number, in the tail the number of records."""


@dataclass(frozen=True)
class Long:
    """``head``, then ``record`` as often as wanted, with ``between``, then ``tail``; ``reader`` reads it too."""

    format: str
    reader: str
    head: str
    record: str
    tail: str
    between: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    is_streamed: bool = True

    def write(self, path: Path, size: int) -> int:
        """A file of about ``size`` bytes; gives the number of records."""
        count = max(2, size // len((self.record + self.between).encode()))
        pieces = self.record.split(NUMBER)
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write(self.head)
            for number in range(1, count + 1):
                stream.write(str(number).join(pieces) + (self.between if number < count else ""))
            stream.write(self.tail.replace(NUMBER, str(count)))
        return count

    def options(self, file_name: str) -> FormatOptions:
        return FormatOptions(
            file_name,
            contracts=tuple(self.told.get("contracts", ())),
            options=self.told.get("options", {}),
            decimal_comma=self.told.get("decimal_comma", False),
        )


def told(path: Path) -> dict[str, Any]:
    """What the parser of a fixture is told."""
    return dict(json.loads(path.with_name(f"{path.name}.golden.json").read_text("utf-8")))


def of_json(name: str, fixture: str, *way: str | int, is_streamed: bool = True) -> Long:
    """The way leads to the record: the last step is its place in the list, of which everything else goes."""
    path = FIXTURES / name / fixture
    document = json.loads(path.read_text("utf-8-sig"))
    if isinstance(document, dict):
        for count in ("odata.count", "totalCount"):
            document.pop(count, None)
    outer = [document]
    *steps, place = [0, *way]
    listed: Any = outer
    for step in steps:
        listed = listed[step]
    record = listed[place]
    listed[:] = [NUMBER]
    head, tail = json.dumps(outer[0], ensure_ascii=False).split(f'"{NUMBER}"')
    content = re.sub(r'"id": "([^"]*)"', rf'"id": "\1-{NUMBER}"', json.dumps(record, ensure_ascii=False), count=1)
    return Long(name, "json", head, content, tail, ", ", told(path), is_streamed)


def of_text(name: str, reader: str, fixture: str, record: str, number: str = "", drop: str = "", **more: Any) -> Long:
    """``record`` matches the records, of which the first one stays; ``number`` what its number follows."""
    path = FIXTURES / name / fixture
    content = path.read_text("utf-8-sig")
    content = re.sub(drop, "", content, flags=re.DOTALL | re.MULTILINE) if drop else content
    found = list(re.finditer(record, content, re.DOTALL | re.MULTILINE))
    numbered = re.sub(f"({number})", rf"\1{NUMBER}", found[0][0], count=1) if number else found[0][0]
    head, tail = content[: found[0].start()], content[found[-1].end() :]
    return Long(name, reader, head, numbered, tail, told=told(path), **more)


def _with_total(long: Long, stated: str, total: str) -> Long:
    return Long(**{**vars(long), "tail": long.tail.replace(stated, total)})


REPORT = (
    "created_utc,currency,gross,fee,net,reporting_category,source_id,description,automatic_payout_id,"
    "automatic_payout_effective_at_utc,charge_id,payment_intent_id,payment_method_type\n"
)
TABLE = {
    "provider.payments": {
        "columns": {
            "provider_payment_id": "Номер",
            "order_id": "Заказ",
            "status": {"column": "Состояние", "values": {"Успешно": "paid"}},
            "amount": "Сумма",
            "currency": {"value": "RUB"},
            "created_at": {"column": "Время", "format": "%d.%m.%Y %H:%M:%S"},
            "paid_at": {"column": "Время", "format": "%d.%m.%Y %H:%M:%S"},
        }
    }
}
TOLD_TABLE = {"contracts": ["provider.payments"], "options": TABLE}
OBJECT = (
    f'{{"Номер": "p-{NUMBER}", "Заказ": "W-{NUMBER}", "Состояние": "Успешно", "Сумма": 1500.50, '
    '"Время": "01.11.2026 12:37:07", "Описание": "Лампа настольная"}'
)

LONG: dict[str, Long] = {
    "activeplatform": of_json("activeplatform", "payments.json", "data", 0, is_streamed=False),
    "amocrm": Long(
        "amocrm",
        "json",
        "[",
        of_json("amocrm", "leads.json", 0, "_embedded", "leads", 0).record,
        "]",
        ", ",
        told(FIXTURES / "amocrm" / "leads.json"),
    ),
    "atol": of_json("atol", "exchanges.json", 0),
    "billmanager": of_text("billmanager", "lxml", "payments.xml", r" *<elem>.*?</elem>\n", "<id>"),
    "billmanager, JSON": of_json("billmanager", "payments.json", "doc", "elem", 0, is_streamed=False),
    "bitrix24": of_json("bitrix24", "deals.json", "result", 0),
    "camt": of_text(
        "camt",
        "lxml",
        "statement_053_v8_no_namespace.xml",
        r" *<Ntry>.*?</Ntry>\n",
        "<AcctSvcrRef>",
        "<Bal>.*?</Bal>|<TxsSummry>.*?</TxsSummry>",
    ),
    "client_bank_exchange": of_text(
        "client_bank_exchange",
        "lines",
        "statement_utf8.txt",
        r"СекцияДокумент=.*?КонецДокумента\n",
        "Номер=",
        r"^(НачальныйОстаток|ВсегоПоступило|ВсегоСписано|КонечныйОстаток)=.*?\n",
    ),
    "cloudpayments": of_json("cloudpayments", "list.json", "Model", 0),
    "commerceml": of_text("commerceml", "lxml", "orders_utf8.xml", r"<Документ>.*?</Документ>\n", "<Ид>"),
    "idram": Long(
        "idram",
        "lines",
        "",
        (FIXTURES / "idram" / "calls.txt")
        .read_text("utf-8")
        .splitlines()[1]
        .replace("TRANS_ID=", f"TRANS_ID={NUMBER}"),
        "\n",
        "\n",
    ),
    "idram, JSON": of_json("idram", "calls.json", "items", 0),
    "moysklad": of_json("moysklad", "paymentin.json", "rows", 0),
    "mt940": of_text("mt940", "lines", "statement.sta", r":20:STMT1.*?\n-}\n", ":25:AM"),
    "ofd_json": of_json("ofd_json", "receipts.json", "receipts", 0),
    "ofx": of_text("ofx", "lines", "statement_sgml_utf8.ofx", "<STMTTRN>.*?</STMTTRN>\n", "<FITID>", is_streamed=False),
    "onec_odata": of_json("onec_odata", "receipts.json", "value", 0),
    "onec_odata, explained": of_json("onec_odata", "answers.json", 7, "value", 0, is_streamed=False),
    "rbs_gateway": of_json("rbs_gateway", "last_orders.json", "orderStatuses", 0),
    "schetmash": of_json("schetmash", "receipts.json", "receipts", 0),
    "stripe": of_json("stripe", "charges.json", "data", 0),
    "stripe, report": Long(
        "stripe",
        "csv,",
        REPORT,
        f"2026-11-01 10:00:00,usd,1200.50,35.12,1165.38,charge,ch_{NUMBER},Lamps,po_1,2026-11-04,ch_1,pi_1,card\n",
        "",
    ),
    "table": Long(
        "table",
        "csv;",
        "Номер;Заказ;Состояние;Сумма;Время;Описание\n",
        f"p-{NUMBER};W-{NUMBER};Успешно;1500,50;01.11.2026 12:37:07;Лампа настольная\n",
        "",
        told=TOLD_TABLE | {"decimal_comma": True},
    ),
    "table, ids made": Long(
        "table",
        "csv;",
        "Дата;Документ;Сумма\n",
        f"01.11.2026;{NUMBER};1500,50\n",
        "",
        told={
            "contracts": ["bank.lines"],
            "decimal_comma": True,
            "options": {
                "bank.lines": {
                    "columns": {
                        "bank_line_id": {"id_of": ["Дата", "Документ", "Сумма"]},
                        "account": {"value": "40702810500000004242"},
                        "booked_date": {"column": "Дата", "format": "%d.%m.%Y"},
                        "amount": "Сумма",
                        "currency": {"value": "RUB"},
                    }
                }
            },
        },
    ),
    "table, JSON": Long("table", "json", "[", OBJECT, "]", ", ", TOLD_TABLE),
    "tbank": of_json("tbank", "notifications.json", "notifications", 0),
    "ubl": of_text("ubl", "lxml", "despatch.xml", r" *<cac:DespatchLine>.*?</cac:DespatchLine>\n", is_streamed=False),
    "upd": _with_total(
        of_text("upd", "lxml", "upd_5_03_utf8_field.xml", r" *<СведТов .*?/>\n", is_streamed=False),
        "1500.00",
        f"{NUMBER}000.00",
    ),
    "vpos_am": of_json("vpos_am", "sessions.json", "items", 0),
    "woocommerce": of_json("woocommerce", "orders.json", 0),
    "yookassa": of_json("yookassa", "payments_list.json", "items", 0),
    "yookassa_registry": Long(
        "yookassa_registry",
        "csv;",
        "Дата платежей: 2026-11-01\nИдентификатор платежа;Сумма платежа;Валюта платежа;Сумма за вычетом комиссии и НДС;"
        "Сумма комиссии без НДС;Время платежа;Описание;Тип платежа;НДС с комиссии;Номер заказа\n",
        f"30c0ffee-000f-5000-a000-{NUMBER};1.00;RUB;0.91;0.07;01.11.2026 12:37:07;Лампа;AC;0,02;W-{NUMBER}\n",
        f"\nСумма принятых платежей: {NUMBER}.00 RUB\nЧисло платежей: {NUMBER}\n",
    ),
}
"""By what it is called in tables: the format, and in which form when it has several."""
