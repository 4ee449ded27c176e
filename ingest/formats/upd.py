"""UPD, the universal transfer document (ON_NSCHFDOPPR) in XML, formats 5.01 and 5.03.

warehouse.deliveries. Source: the formats of the Federal Tax Service and documents in them. One document a file,
windows-1251 or as its XML declaration says.

- Between 5.01 and 5.03 attributes changed their names: НомерСчФ, ДатаСчФ became НомерДок, ДатаДок; КодОКВ moved into
  ДенИзм; НаимОсн, НомОсн became РеквНаимДок, РеквНомерДок. Either spelling is read in either.
- Only СЧФДОП and ДОП transfer goods; СЧФ is an invoice alone and rejected, so are commission documents (СвРК, СвЗК).
- The amount is СтТовУчНалВсего; when the lines do not sum to it the file is refused.
- ``delivery_id`` is ``seller's tax id|number|date``: numbers begin anew each year and with each seller. A correction
  (ИспрСчФ, ИспрДок) has the number and date of what it corrects, so it is its new version.
- Shipped on ДатаПер, else on the date of the document; updated when the file was made (ДатаИнфПр, ВремИнфПр).
- Links: a basis (ОснПер) that is a счёт gives the invoice, a заказ the order; the options ``order_field`` and
  ``invoice_field`` name an Идентиф of ТекстИнф instead. ``б/н`` is no number.
- Corrective documents (УКД) and the buyer's answer are refused by name.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO

from ingest.formats.base import (
    EXACT,
    Fault,
    FileRefused,
    FormatOptions,
    Reject,
    Row,
    Values,
    decimal,
    dotted_date,
    iso_time,
    numbered,
    plain,
    required,
)
from ingest.formats.currencies import letters
from ingest.formats.xml_input import Element, child, children, load_xml, local

CONTRACTS = ("warehouse.deliveries",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("order_field", "invoice_field")

TRANSFERS = ("СЧФДОП", "ДОП")
NO_NUMBER = ("б/н", "без номера", "-")


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """One row or reject of warehouse.deliveries. Raises FileRefused."""
    root = load_xml(stream, options)
    document = child(root, "Документ")
    head = child(document, "СвСчФакт")
    if local(root) != "Файл" or head is None:
        what = "a corrective document (УКД)" if child(document, "СвКСчФ") is not None else "no UPD of a seller"
        raise FileRefused(
            "unparsable", f"{options.file_name} is {what}: Файл/Документ/СвСчФакт is expected (ON_NSCHFDOPPR)."
        )
    try:
        outcome: Values | Fault = _delivery(document, head, options)
    except Fault as fault:
        outcome = fault
    yield from numbered([("warehouse.deliveries", outcome)])


def _delivery(document: Element, head: Element, options: FormatOptions) -> Values:
    function = _attribute(document, "Функция")
    if function not in TRANSFERS:
        raise Fault("function", function, "unknown_enum_value" if function else "missing_required")
    number = required("delivery_id", _attribute(head, "НомерДок", "НомерСчФ"))
    day = dotted_date("shipped_at", _attribute(head, "ДатаДок", "ДатаСчФ")).isoformat()
    transfer = child(document, "СвПродПер", "СвПер")
    shipped = _attribute(transfer, "ДатаПер")
    code = _attribute(child(head, "ДенИзм"), "КодОКВ") or _attribute(head, "КодОКВ")
    return {
        "delivery_id": "|".join((required("delivery_id", _seller(head)), number, day)),
        "invoice_id": _linked(head, options, "invoice_field") or _basis(transfer, "счет", "счёт"),
        "order_id": _linked(head, options, "order_field") or _basis(transfer, "заказ"),
        "amount": plain(_amount(document, options.file_name)),
        "currency": letters(required("currency", code)) or code,
        "status": "shipped",
        "shipped_at": dotted_date("shipped_at", shipped).isoformat() if shipped else day,
        "updated_at": _made_at(document),
    }


def _attribute(element: Element, *names: str) -> str | None:
    """The trimmed value of the first of the attributes that has one."""
    if element is None:
        return None
    return next((value for name in names if (value := (element.get(name) or "").strip())), None)


def _seller(head: Element) -> str | None:
    parties = child(head, "СвПрод", "ИдСв")
    found = (_attribute(party, "ИННЮЛ", "ИННФЛ") for party in (() if parties is None else parties))
    return next(filter(None, found), None)


def _amount(document: Element, file_name: str) -> Decimal:
    table = child(document, "ТаблСчФакт")
    total = decimal("amount", _attribute(child(table, "ВсегоОпл"), "СтТовУчНалВсего"))
    lines = children(table, "СведТов")
    computed = Decimal(0)
    for line in lines:
        computed = EXACT.add(computed, decimal("amount", _attribute(line, "СтТовУчНал")))
    if lines and computed != total:
        raise FileRefused(
            "control_total_mismatch",
            f"{file_name}: СтТовУчНалВсего is {total}, but the {len(lines)} lines sum to {computed}. "
            "Lines are missing: ask the seller for the document again.",
        )
    return total


def _made_at(document: Element) -> str | None:
    day, time = _attribute(document, "ДатаИнфПр"), _attribute(document, "ВремИнфПр")
    if day is None:
        return None
    iso = dotted_date("updated_at", day).isoformat()
    return iso_time("updated_at", f"{iso}T{time.replace('.', ':')}" if time else iso)


def _linked(head: Element, options: FormatOptions, name: str) -> str | None:
    if name not in options.options:
        return None
    for item in head.iter():
        if local(item) == "ТекстИнф" and _attribute(item, "Идентиф") == options.options[name]:
            return _attribute(item, "Значен")
    return None


def _basis(transfer: Element, *words: str) -> str | None:
    """The number of the basis that begins with one of the words."""
    for basis in children(transfer, "ОснПер"):
        name = _attribute(basis, "РеквНаимДок", "НаимОсн") or ""
        number = _attribute(basis, "РеквНомерДок", "НомОсн")
        if name.lower().startswith(words) and number and number.lower() not in NO_NUMBER:
            return number
    return None
