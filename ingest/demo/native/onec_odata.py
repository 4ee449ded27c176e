"""1C over OData: collections of documents, catalogs and registers, as Бухгалтерия предприятия 3.0 answers.

Times are the wall clock of the feed's zone, a counterparty is expanded with its ИНН, currencies with their codes. An
invoice's status is in a register, which explains the invoices of the same file. Columns that the feed's option
``entities`` maps to attributes of its own are written there.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ingest.demo.native.spelling import clock, json_bytes, number
from ingest.demo.story import Row, Rows
from ingest.feed import Feed

METADATA = "http://1c.example/base/odata/standard.odata/$metadata#"
NOTHING = "00000000-0000-0000-0000-000000000000"
NO_DATE = "0001-01-01T00:00:00"
CODES = {"RUB": "643", "USD": "840"}

PAYMENT = {
    "bank_receipt": "Document_ПоступлениеНаРасчетныйСчет",
    "incoming_payment_order": "Document_ПлатежноеПоручениеВходящее",
    "cash_receipt_order": "Document_ПриходныйКассовыйОрдер",
    "customer_card_payment": "Document_ОплатаПлатежнойКартой",
}
REFUND = "Document_СписаниеСРасчетногоСчета"
INVOICE = "Document_СчетНаОплатуПокупателю"
INVOICE_STATUS = {"open": "НеОплачен", "closed": "Оплачен", "cancelled": "Отменен"}
STATUSES = "InformationRegister_СтатусыДокументов"
QUEUE = "InformationRegister_ДокументыКВыгрузкеВBILLmanager"
CUSTOMER_TYPE = {"company": "ЮридическоеЛицо", "individual": "ФизическоеЛицо"}

Record = dict[str, Any]


def files(feed: Feed, rows: Rows) -> dict[str, bytes]:
    """``odata.json``: the answers of the day for every entity of the feed's contracts, as an array."""
    answers = [answer for contract in feed.contracts for answer in ANSWERS[contract](feed, rows[contract])]
    return {"odata.json": json_bytes(answers)}


def _answer(entity: str, records: Sequence[Record]) -> Record:
    return {"odata.metadata": f"{METADATA}{entity}", "odata.count": str(len(records)), "value": list(records)}


# ---------- money


def _payments(feed: Feed, rows: Sequence[Row]) -> Iterator[Record]:
    for kind, entity in PAYMENT.items():
        documents: dict[str, list[Row]] = {}
        for row in rows:
            if row["document_type"] == kind:
                documents.setdefault(row["erp_document_id"].partition("#")[0], []).append(row)
        yield _answer(entity, [_payment(feed, entity, parts) for parts in documents.values()])


def _payment(feed: Feed, entity: str, parts: list[Row]) -> Record:
    row = parts[0]
    kopecks = sum(int(part["amount"].replace(".", "")) for part in parts)
    return {
        **_document(feed, entity, {**row, "erp_document_id": row["erp_document_id"].partition("#")[0]}),
        "Date": _time(feed, row["document_date"]),
        "ВидОперации": "ОплатаПокупателя",
        "Организация": {"Ref_Key": "6d0c5c1e-0000-11ee-8000-00155d000001", "ИНН": row.get("organisation_tax_id", "")},
        "СуммаДокумента": number(f"{kopecks // 100}.{kopecks % 100:02}"),
        "СсылочныйНомер": row.get("provider_reference", ""),
        "РасшифровкаПлатежа": [
            {
                "LineNumber": str(line),
                "СуммаПлатежа": number(part["amount"]),
                "СчетНаОплату_Key": part.get("invoice_id", NOTHING),
                "ДоговорКонтрагента_Key": part.get("contract_id", NOTHING),
            }
            for line, part in enumerate(parts, start=1)
        ],
    }


def _refunds(feed: Feed, rows: Sequence[Row]) -> Iterator[Record]:
    yield _answer(REFUND, [_refund(feed, row) for row in rows])


def _refund(feed: Feed, row: Row) -> Record:
    original = row.get("original_erp_document_id")
    return {
        **_document(feed, REFUND, row),
        "Date": _time(feed, row["document_date"]),
        "ВидОперации": "ВозвратПокупателю",
        "СуммаДокумента": number(row["amount"]),
        "ДокументОснование": original or "",
        "ДокументОснование_Type": f"StandardODATA.{PAYMENT['customer_card_payment'] if original else 'Undefined'}",
        "СчетНаОплату_Key": row.get("invoice_id", NOTHING),
    }


def _invoices(feed: Feed, rows: Sequence[Row]) -> Iterator[Record]:
    statuses = [
        {
            "Документ": row["erp_document_id"],
            "Документ_Type": f"StandardODATA.{INVOICE}",
            "Статус": INVOICE_STATUS[row["status"]],
        }
        for row in rows
    ]
    yield _answer(INVOICE, [_invoice(feed, row) for row in rows])
    yield _answer(STATUSES, statuses)


def _invoice(feed: Feed, row: Row) -> Record:
    return {
        **_document(feed, INVOICE, row),
        "Date": _time(feed, row["issued_at"]),
        "СуммаДокумента": number(row["amount"]),
        "ДоговорКонтрагента_Key": row.get("contract_id", NOTHING),
        "СрокОплаты": f"{row['due_date']}T00:00:00" if "due_date" in row else NO_DATE,
    }


def _queue(feed: Feed, rows: Sequence[Row]) -> Iterator[Record]:
    records = [
        {
            "Документ": row["erp_document_id"],
            "Документ_Type": f"StandardODATA.{PAYMENT['bank_receipt']}",
            "ДатаДобавления": _time(feed, row["queued_at"]),
            "КоличествоПопыток": row.get("attempts", "0"),
            "ТекстОшибки": row.get("last_error", ""),
        }
        for row in rows
    ]
    yield _answer(QUEUE, records)


# ---------- parties


def _customers(feed: Feed, rows: Sequence[Row]) -> Iterator[Record]:
    yield _answer("Catalog_Контрагенты", [_customer(row) for row in rows])


def _customer(row: Row) -> Record:
    return {
        "Ref_Key": row["customer_id"],
        "DeletionMark": row["is_active"] != "true",
        "IsFolder": False,
        "Code": row["accounting_code"],
        "Description": row["name"],
        "НаименованиеПолное": row["name"],
        "ЮридическоеФизическоеЛицо": CUSTOMER_TYPE[row["customer_type"]],
        "ИНН": row.get("tax_id", ""),
    }


def _contracts(feed: Feed, rows: Sequence[Row]) -> Iterator[Record]:
    yield _answer("Catalog_ДоговорыКонтрагентов", [_contract(row) for row in rows])


def _contract(row: Row) -> Record:
    return {
        "Ref_Key": row["contract_id"],
        "DeletionMark": row["status"] == "closed",
        "IsFolder": False,
        "Owner_Key": row["customer_id"],
        "Description": "Основной договор",
        "ВидДоговора": "СПокупателем",
        "ВалютаВзаиморасчетов": _currency(row),
        "Дата": f"{row['valid_from']}T00:00:00",
        "УстановленСрокОплаты": "payment_terms_days" in row,
        "СрокОплаты": row.get("payment_terms_days", "0"),
        "ЛицевойСчетВBILLmanager": row.get("personal_account", ""),
    }


ANSWERS: dict[str, Callable[[Feed, Sequence[Row]], Iterator[Record]]] = {
    "erp.payments": _payments,
    "erp.refunds": _refunds,
    "erp.invoices": _invoices,
    "erp.export_queue": _queue,
    "crm.customers": _customers,
    "crm.contracts": _contracts,
}
"""Contract to the answers of its entities."""


# ---------- fields


def _document(feed: Feed, entity: str, row: Row) -> Record:
    """What every document has, and the attributes that the feed's options name."""
    return {
        "Ref_Key": row["erp_document_id"],
        "DataVersion": "AAAAAQAAAAA=",
        "DeletionMark": row["deleted"] == "true",
        "Number": row["number"],
        "Posted": row["posted"] == "true",
        "Контрагент": {"Ref_Key": row.get("customer_id", NOTHING), "ИНН": row.get("customer_tax_id", "")},
        "ВалютаДокумента": _currency(row),
        **_attributes(feed, entity, row),
    }


def _attributes(feed: Feed, entity: str, row: Row) -> Record:
    entities: Any = feed.options.get("entities", {})
    fields = entities.get(entity, {}).get("fields", {})
    return {
        field: f"{row[column]}T00:00:00" if column == "billing_period_start" else row[column]
        for column, field in fields.items()
        if column in row
    }


def _currency(row: Row) -> Record:
    code = CODES[row["currency"]]
    return {"Ref_Key": f"00000{code}-0000-11ee-8000-00155d000001", "Code": code, "Description": row["currency"]}


def _time(feed: Feed, time: str) -> str:
    return clock(time, feed.timezone).strftime("%Y-%m-%dT%H:%M:%S")
