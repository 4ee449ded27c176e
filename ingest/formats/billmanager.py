"""BILLmanager 5 and 6, ``func=payment`` as ``out=xml``, ``out=json`` or ``out=JSONdata``: billing.payments.

Built from documentation (ispsystem.com, BILLmanager API, Payments): no recorded answer was at hand, so it is tolerant.
XML is ``<doc><elem><id>…``; JSON is ``{"doc": {"elem": [{"id": {"$": …}}]}}``, or a plain list of objects.

- ``status`` is a number: 1 new and 8 initiated → waiting; 2 paid or in progress, 3 promised and 5 awaiting refund →
  pending; 4 credited → completed, the only one that is money; 6 → refunded; 7 fraud, 9 cancelled, 100 deleting →
  cancelled. Any other is rejected.
- ``amount`` is ``paymethodamount_iso``, what the payer paid, else ``subaccountamount_iso``, what the account was
  credited with: a text such as ``100.00 RUB``.
- Which field holds what else depends on the installation; option ``fields`` says it: column to field.
- ``erp_document_id``: the field ``externalid``, unless 1C keeps the link in its register КодыПлатежейВBILLmanager. Then
  a file is a JSON array of BILLmanager's answers and 1C's answer for that register. A payment that the register gives
  to two documents is rejected.
- Times have no zone: the feed's applies.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from ingest.contract import contract
from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    decimal,
    iso_time,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.currencies import letters
from ingest.formats.json_input import child, load_json
from ingest.formats.onec.answers import METADATA, answers
from ingest.formats.xml_input import CHUNK, Element, local, refused, text_at, xml_events

CONTRACTS = ("billing.payments",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("fields",)

STATUS = {
    "1": "waiting",
    "2": "pending",
    "3": "pending",
    "4": "completed",
    "5": "pending",
    "6": "refunded",
    "7": "cancelled",
    "8": "waiting",
    "9": "cancelled",
    "100": "cancelled",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "platform_payment_id": ("id",),
    "personal_account": ("subaccount_id", "subaccount", "account_id", "account"),
    "erp_document_id": ("externalid",),
    "payer_tax_id": ("sender_inn",),
    "organisation_tax_id": ("recipient_inn",),
    "method_name": ("paymethod_name",),
    "amount": ("paymethodamount_iso", "subaccountamount_iso"),
    "status": ("status",),
    "created_at": ("create_date",),
    "paid_at": ("pay_date",),
}
REGISTER = "InformationRegister_КодыПлатежейВBILLmanager"
DOCUMENT = ("Документ", "ДокументОплаты", "Ссылка")
CODE = ("КодПлатежа", "КодПлатежаВBILLmanager", "Код")

_MONEY = re.compile(r"([+-]?\d[\d \u00a0\u2009\u202f]*(?:\.\d+)?)\s*([A-Za-z]{3})", re.ASCII)
_SPACES = re.compile("[ \u00a0\u2009\u202f]")
_NO_DATE = re.compile(r"0000-00-00(?:[ T]00:00:00)?")

Payment = dict[str, str | None]
Links = dict[str, set[str]]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of billing.payments. Raises FileRefused, in XML also after rows."""
    fields = _fields(options)
    head = stream.read(CHUNK)
    links: Links = {}
    payments: Iterable[Payment]
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        payments = _from_xml(head, stream, options)
    else:
        stream.seek(0)
        payments, links = _from_json(load_json(stream, options), options)
    yield from numbered(_outcome(payment, fields, links) for payment in payments)


def _fields(options: FormatOptions) -> dict[str, tuple[str, ...]]:
    own = options.options.get("fields", {})
    columns = [name for name in contract("billing.payments").column_names if name not in ("kind", "currency")]
    if not isinstance(own, Mapping) or not all(key in columns and isinstance(name, str) for key, name in own.items()):
        raise FileRefused(
            "unparsable",
            f"{options.file_name}: option fields in sverka.yml must map columns to BILLmanager's fields. Columns: "
            f"{', '.join(columns)}.",
        )
    return dict(FIELDS) | {str(key): (str(name),) for key, name in own.items()}


# ---------- what the file is


def _from_xml(head: bytes, stream: BinaryIO, options: FormatOptions) -> Iterator[Payment]:
    for event, element in xml_events(stream, options, ("elem", "error"), head=head):
        if event == "start":
            if local(element) != "doc":
                raise refused(element, f"its root is {local(element)[:60]}, not doc", options.file_name)
            _check_function(element.get("func"), options.file_name)
        elif local(element) == "error":
            raise _error(text_at(element, "msg") or element.get("type"), options.file_name)
        else:
            yield {local(field): _own_text(field) for field in reversed(element)}


def _own_text(element: Element) -> str | None:
    """The value; a translated one keeps its own in the attribute ``orig``."""
    return text(element.get("orig")) or text(element.text)


def _from_json(document: Any, options: FormatOptions) -> tuple[list[Payment], Links]:
    payments: list[Payment] = []
    links: Links = {}
    for item in document if isinstance(document, list) else [document]:
        if isinstance(item, dict) and any(key in item for key in (*METADATA, "odata.error")):
            _add_links(item, options, links)
            continue
        answer = child(item, "doc")
        if answer is None and isinstance(document, list) and isinstance(item, dict):
            payments.append(_flat(item))
            continue
        if not isinstance(answer, dict):
            raise FileRefused("unparsable", f"{options.file_name} is no answer of BILLmanager: it has no doc.")
        _check_function(text(answer.get("$func")), options.file_name)
        if "error" in answer:
            error = answer["error"]
            told = text(child(error, "msg", "$")) or text(child(error, "msg")) or text(child(error, "$type"))
            raise _error(told, options.file_name)
        found = answer.get("elem", [])
        for payment in found if isinstance(found, list) else [found]:
            if not isinstance(payment, dict):
                raise FileRefused("unparsable", f"{options.file_name}: elem is no list of payments.")
            payments.append(_flat(payment))
    return payments, links


def _flat(payment: dict[str, Any]) -> Payment:
    return {
        name: text(child(value, "$orig")) or text(child(value, "$")) if isinstance(value, dict) else text(value)
        for name, value in payment.items()
    }


def _check_function(function: str | None, file_name: str) -> None:
    if function not in (None, "", "payment"):
        raise FileRefused(
            "unparsable",
            f"{file_name} answers func={str(function)[:60]}, not func=payment"
            + (": the login failed. Check the credentials and fetch it again." if function == "logon" else "."),
        )


def _error(message: str | None, file_name: str) -> FileRefused:
    return FileRefused(
        "unparsable",
        f"{file_name} is an error answer of BILLmanager: {(message or 'no message')[:200]}. Mend its cause and fetch "
        "it again.",
    )


def _add_links(item: dict[str, Any], options: FormatOptions, links: Links) -> None:
    (answer,) = answers(item, options, {})
    if answer.entity != REGISTER:
        raise FileRefused(
            "unparsable",
            f"{options.file_name}: of 1C only {REGISTER} belongs beside payments, not {answer.entity[:60]}.",
        )
    for record in answer.records:
        document = next((told for key in DOCUMENT if (told := text(record.get(key, record.get(f"{key}_Key"))))), None)
        code = next((told for key in CODE if (told := text(record.get(key)))), None)
        if document and code:
            links.setdefault(code, set()).add(document)


# ---------- rows


def _outcome(payment: Payment, fields: Mapping[str, tuple[str, ...]], links: Links) -> Outcome:
    told = {
        column: next((value for name in names if (value := payment.get(name))), None)
        for column, names in fields.items()
    }
    try:
        return "billing.payments", _row(told, links)
    except Fault as fault:
        return "billing.payments", fault


def _row(told: Payment, links: Links) -> Values:
    ident = required("platform_payment_id", told["platform_payment_id"])
    status = required("status", told["status"])
    if status not in STATUS:
        raise Fault("status", status, "unknown_enum_value")
    amount, currency = _money(told["amount"])
    documents = sorted(links.get(ident, ()))
    if len(documents) > 1:
        raise Fault("erp_document_id", ", ".join(documents), "out_of_range")
    is_completed = STATUS[status] == "completed"
    return told | {
        "kind": "account",
        "erp_document_id": documents[0] if documents else told["erp_document_id"],
        "amount": amount,
        "currency": currency,
        "status": STATUS[status],
        "created_at": required("created_at", _time("created_at", told["created_at"])),
        "paid_at": required("paid_at", _time("paid_at", told["paid_at"])) if is_completed else None,
    }


def _time(column: str, value: str | None) -> str | None:
    return None if value is None or _NO_DATE.fullmatch(value) else iso_time(column, value)


def _money(value: str | None) -> tuple[str, str]:
    """Amount and letters of ``100.00 RUB``."""
    found = _MONEY.fullmatch(required("amount", value))
    if not found:
        raise Fault("amount", value, "bad_decimal")
    currency = letters(found[2])
    if currency is None:
        raise Fault("currency", found[2], "unknown_currency")
    return plain(decimal("amount", _SPACES.sub("", found[1]))), currency
