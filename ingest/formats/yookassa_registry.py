"""YooKassa's registry of accepted payments, CSV with ``;``: title lines, header, rows, blank line, footer.

provider.payments. Source: registries as merchants publish them in tests of their own importers. Streamed.

- Encoding: UTF-8 if it decodes strictly, else cp1251. Columns vary in order and number and are found by name; option
  ``columns`` names those of our own ids, such as ``{order_id: Номер заказа}``.
- Amounts are in major units with a decimal dot or comma, both in one row. ``1,234`` could be either and is rejected.
- fee_amount = fee + VAT on the fee = gross - net; a row where these differ is rejected.
- Times are Moscow time: ``15.12.2022 12:37:07`` or ISO. The time of the payment is created_at and paid_at.
- Rows are accepted payments, so ``paid``, unless a column of status says otherwise.
- A row with more values than the header is rejected; one with fewer lacks its last columns, which are then empty.
- Footer: ``Сумма принятых платежей`` (one a currency), the same less fee and VAT, and ``Число платежей`` must agree
  with the rows. The sums are not compared when a row has no readable amount. A file without a footer is cut off.
- A registry of refunds is refused: it does not have the times and links that a refund needs; deliver ``yookassa`` JSON.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    EXACT,
    Fault,
    FileRefused,
    FormatOptions,
    Outcome,
    Reject,
    Row,
    Values,
    decimal,
    dotted_date,
    dotted_time,
    iso_time,
    numbered,
    plain,
    required,
)
from ingest.formats.csv_input import csv_records
from ingest.formats.currencies import letters
from ingest.formats.yookassa import METHOD as METHOD_WORDS

CONTRACTS = ("provider.payments",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("columns", "currency")

COLUMNS = {
    "provider_payment_id": ("идентификатор платежа", "id платежа", "номер транзакции"),
    "gross": ("сумма платежа",),
    "currency": ("валюта платежа", "валюта"),
    "net": ("сумма за вычетом комиссии и ндс", "сумма за вычетом комиссии", "сумма к зачислению"),
    "fee": ("сумма комиссии без ндс", "сумма комиссии", "комиссия без ндс", "комиссия"),
    "vat": ("ндс с комиссии", "сумма ндс с комиссии", "ндс комиссии"),
    "paid_at": ("время платежа", "дата и время платежа", "дата платежа"),
    "status": ("статус платежа", "статус"),
    "method": ("тип платежа", "способ оплаты", "метод платежа"),
    "order_id": ("номер заказа", "идентификатор заказа"),
    "provider_reference": ("rrn",),
}
"""What is read to its names in lower case, the first that is there."""

OWN_COLUMNS = ("payment_id", "order_id", "invoice_id", "provider_reference", "settlement_batch_id")
METHOD = METHOD_WORDS | {"ac": "card", "pc": "wallet", "gp": "cash", "sbp": "bank_transfer", "ab": "bank_transfer"}
STATUS = {
    **dict.fromkeys(("succeeded", "успешный", "успешно", "оплачен", "принят"), "paid"),
    **dict.fromkeys(("canceled", "отменен", "отменён"), "cancelled"),
}
MOSCOW = "+03:00"
GROSS_TOTAL, NET_TOTAL, COUNT = "сумма принятых платежей", "сумма принятых платежей за вычетом", "число платежей"
REFUNDS = ("реестр возвратов", "идентификатор возврата")
TITLE_LINES = 30

_AMOUNT = re.compile(r"(-?(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d{1,40}))(?:([.,])(\d{1,4}))?", re.ASCII)
_TOTAL = re.compile(r"(.*\d)\s*([A-Za-z]{3})?", re.ASCII)

Totals = dict[str, Decimal]


@dataclass
class Sums:
    """What was read of the rows, and what the footer states; sums by currency. A sum without a row is incomplete."""

    currency: str
    count: int = 0
    gross: Totals = field(default_factory=dict)
    net: Totals = field(default_factory=dict)
    is_gross_complete: bool = True
    is_net_complete: bool = True
    stated_count: Decimal | None = None
    stated_gross: Totals = field(default_factory=dict)
    stated_net: Totals = field(default_factory=dict)


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of provider.payments. Raises FileRefused, for the footer at the end."""
    yield from numbered(_outcomes(stream, options))


def _outcomes(stream: BinaryIO, options: FormatOptions) -> Iterator[Outcome]:
    records = csv_records(stream, options, ("utf-8", "cp1251"), ";")
    own = _own_columns(options)
    header, width = _header(records, own, options.file_name)
    sums = Sums(options.currency() or "RUB")
    has_footer = False
    for line, cells in records:
        if not cells:
            continue
        label = cells[0].lower()
        if label.startswith((GROSS_TOTAL, COUNT)):
            has_footer = True
            _read_footer(";".join(filter(None, cells)), sums, f"{options.file_name}, line {line}")
        elif not has_footer:
            yield "provider.payments", _payment(cells, header, width, sums)
        elif sum(map(bool, cells)) > 1:
            raise FileRefused(
                "unparsable",
                f"{options.file_name}, line {line}: rows after the footer. Deliver one registry in a file.",
            )
    if not has_footer:
        raise FileRefused(
            "unparsable",
            f"{options.file_name} has no footer (Сумма принятых платежей, Число платежей): it is cut off. "
            "Ask for the registry again.",
        )
    _check(sums, options.file_name)


# ---------- header


def _header(
    records: Iterator[tuple[int, list[str]]], own: Mapping[str, str], file_name: str
) -> tuple[dict[str, int], int]:
    """Place of each column that is read, and the number of columns."""
    for _, (_line, cells) in zip(range(TITLE_LINES), records, strict=False):
        names = [cell.lower() for cell in cells]
        if any(word in name for name in names for word in REFUNDS):
            raise FileRefused(
                "unparsable",
                f"{file_name} is a registry of refunds, which this format does not read. Deliver the refunds as "
                "answers of the API (format yookassa).",
            )
        found = {
            key: names.index(name)
            for key, known in COLUMNS.items()
            if (name := next((name for name in known if name in names), None)) is not None
        }
        if "provider_payment_id" not in found and "gross" not in found:
            continue
        for key, name in own.items():
            if name.lower() in names:
                found[key] = names.index(name.lower())
            else:
                _refuse_column(file_name, name, cells)
        for key in ("provider_payment_id", "gross", "paid_at"):
            if key not in found:
                _refuse_column(file_name, COLUMNS[key][0], cells)
        return found, len(cells)
    raise FileRefused(
        "missing_required_column",
        f"{file_name} has no header with Идентификатор платежа and Сумма платежа in its first {TITLE_LINES} lines.",
    )


def _refuse_column(file_name: str, name: str, cells: list[str]) -> None:
    raise FileRefused(
        "missing_required_column", f"{file_name} has no column {name!r}. Its columns: {', '.join(cells)[:400]}."
    )


def _own_columns(options: FormatOptions) -> dict[str, str]:
    declared = options.options.get("columns")
    if declared is None:
        return {}
    if not isinstance(declared, Mapping) or not set(declared) <= set(OWN_COLUMNS):
        raise FileRefused(
            "unparsable",
            f"{options.file_name}: option columns in sverka.yml must map some of {', '.join(OWN_COLUMNS)} "
            "to names of columns.",
        )
    return {str(key): str(name).strip() for key, name in declared.items()}


# ---------- rows


def _payment(cells: list[str], header: Mapping[str, int], width: int, sums: Sums) -> Values | Fault:
    sums.count += 1
    while len(cells) > width and not cells[-1]:
        cells.pop()
    try:
        if len(cells) > width:
            raise Fault("", " | ".join(cells), "wrong_column_count")
        values = {key: cells[place] or None for key, place in header.items() if place < len(cells)}
        currency = letters(values.get("currency") or sums.currency)
        if currency is None:
            raise Fault("currency", values.get("currency"), "unknown_currency")
        gross, net = _amount("amount", values.get("gross")), _optional("fee_amount", values.get("net"))
    except Fault as fault:
        sums.is_gross_complete = sums.is_net_complete = False
        return fault
    sums.gross[currency] = EXACT.add(sums.gross.get(currency, Decimal(0)), gross)
    sums.net[currency] = EXACT.add(sums.net.get(currency, Decimal(0)), net or Decimal(0))
    sums.is_net_complete = sums.is_net_complete and net is not None
    try:
        return _values(values, gross, net, currency, "vat" in header)
    except Fault as fault:
        return fault


def _values(values: Values, gross: Decimal, net: Decimal | None, currency: str, has_vat: bool) -> Values:
    method = values.get("method")
    status = (values.get("status") or "принят").lower()
    if status not in STATUS:
        raise Fault("status", status, "unknown_enum_value")
    paid_at = _time(values.get("paid_at"))
    fee = _fee(values, gross, net, has_vat)
    return {
        "provider_payment_id": required("provider_payment_id", values.get("provider_payment_id")),
        "status": STATUS[status],
        "amount": plain(gross),
        "currency": currency,
        "fee_amount": None if fee is None else plain(fee),
        "method": METHOD.get(method.lower(), "other") if method else None,
        "created_at": paid_at,
        "paid_at": paid_at if STATUS[status] == "paid" else None,
        **{column: values[column] for column in OWN_COLUMNS if column in values},
    }


def _fee(values: Values, gross: Decimal, net: Decimal | None, has_vat: bool) -> Decimal | None:
    """Fee with its VAT. Faults when it is not what the net lacks of the gross."""
    fee, vat = _optional("fee_amount", values.get("fee")), _optional("fee_amount", values.get("vat"))
    kept = None if net is None else EXACT.subtract(gross, net)
    if fee is None or (not has_vat and kept is not None):
        return kept
    whole = EXACT.add(fee, vat or Decimal(0))
    if kept is not None and kept != whole:
        raise Fault("fee_amount", plain(whole), "out_of_range")
    return whole


def _optional(column: str, value: str | None) -> Decimal | None:
    return None if value is None else _amount(column, value)


def _amount(column: str, value: str | None) -> Decimal:
    """An amount with a dot or a comma. ``1,234`` is a thousand to some and one and a bit to others: bad_decimal."""
    match = _AMOUNT.fullmatch(required(column, value))
    if match is None or (match[2] == "," and len(match[3]) == 3):
        raise Fault(column, value, "bad_decimal")
    whole = match[1] if match[1].isdigit() else re.sub(r"[^\d-]", "", match[1])
    return decimal(column, f"{whole}.{match[3]}" if match[3] else whole)


def _time(value: str | None) -> str:
    moment = required("paid_at", value)
    if "." not in moment[:5]:
        return iso_time("paid_at", moment, MOSCOW)
    if len(moment) > 10:
        return dotted_time("paid_at", moment, MOSCOW)
    return f"{dotted_date('paid_at', moment).isoformat()}T00:00:00{MOSCOW}"


# ---------- footer


def _read_footer(content: str, sums: Sums, place: str) -> None:
    label, separator, value = content.partition(":")
    if not separator:
        label, _, value = content.partition(";")
    label, value = label.strip().lower(), value.strip()
    try:
        if label.startswith(COUNT):
            sums.stated_count = decimal("rows", value)
            return
        match = _TOTAL.fullmatch(value)
        total = _amount("amount", match[1] if match else None)
    except Fault as fault:
        raise FileRefused("control_total_mismatch", f"{place}: the total {content[:80]!r} is not a number.") from fault
    currency = letters(match[2]) if match and match[2] else None
    stated = sums.stated_net if label.startswith(NET_TOTAL) else sums.stated_gross
    stated[currency or sums.currency] = total


def _check(sums: Sums, file_name: str) -> None:
    if sums.stated_count is not None and sums.stated_count != sums.count:
        raise FileRefused(
            "control_total_mismatch",
            f"{file_name}: the footer counts {sums.stated_count} payments, but the file has {sums.count} rows. "
            "Ask for the registry again.",
        )
    for name, stated, read, is_complete in (
        ("Сумма принятых платежей", sums.stated_gross, sums.gross, sums.is_gross_complete),
        ("the sum less fee and VAT", sums.stated_net, sums.net, sums.is_net_complete),
    ):
        for currency in sorted({*stated, *read}) if stated and is_complete else ():
            expected, found = stated.get(currency, Decimal(0)), read.get(currency, Decimal(0))
            if expected != found:
                raise FileRefused(
                    "control_total_mismatch",
                    f"{file_name}: {name} is {expected} {currency} in the footer, but the rows sum to "
                    f"{found} {currency}. Ask for the registry again.",
                )
