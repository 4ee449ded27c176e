"""amoCRM (Kommo) v4 answers: leads and bills. Built from documentation, without a recorded answer; tolerant.

crm.deals: what sales believes is paid. A file is one answer (``_embedded.leads`` or ``_embedded.elements``), a list of
answers (pages), one object or a list of them.

- Bills are elements of the list of invoices; their fields are told by code, BILL_STATUS and BILL_PRICE. The status is
  its enum code: created, paid, paid_in_advance, partially_paid; money in advance is paid. They are rows with deal_id
  ``bill-<id>`` and the bill's id as invoice_id, since leads and bills count their ids apart.
- A lead is paid when won (status 142), cancelled when lost (143), else unpaid; the option ``statuses`` (id to
  payment_status) says otherwise.
- amoCRM gives no currency: the option ``currency`` is required. Prices are in major units.
- Times are epoch seconds. ``is_deleted`` is cancelled: never money.
- Links: the options ``order_field``, ``invoice_field``, ``payment_field`` are the id or code of a custom field.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from ingest.formats.base import (
    Fault,
    FileRefused,
    FormatOptions,
    OptionFault,
    Reject,
    Row,
    Values,
    decimal,
    epoch_time,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.json_input import child, stream_answers

CONTRACTS = ("crm.deals",)
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency", "statuses", "order_field", "invoice_field", "payment_field")

PAYMENT_STATUSES = ("unpaid", "partially_paid", "paid", "refunded", "cancelled")
BILL_STATUS = {"created": "unpaid", "partially_paid": "partially_paid", "paid": "paid", "paid_in_advance": "paid"}
LEAD_STATUS = {"142": "paid", "143": "cancelled"}

Record = dict[str, Any]


def check_options(wanted: tuple[str, ...], options: Mapping[str, object]) -> None:
    """Raises OptionFault."""
    if "currency" not in options:
        raise OptionFault((), "amoCRM gives no currency: declare it, such as `currency: RUB`.")
    statuses = options.get("statuses", {})
    if not isinstance(statuses, Mapping):
        raise OptionFault(("statuses",), "must map ids of statuses to payment statuses, such as `142: paid`.")
    for name, status in statuses.items():
        if status not in PAYMENT_STATUSES:
            raise OptionFault(("statuses", str(name)), f"{status!r} must be one of {', '.join(PAYMENT_STATUSES)}.")


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of crm.deals. Raises FileRefused, also after rows."""
    try:
        check_options(CONTRACTS, options.options)
    except OptionFault as fault:
        raise FileRefused("unparsable", f"{options.file_name}: {fault} Correct it in sverka.yml.") from fault
    currency = options.currency()
    records = _records(stream, options)
    yield from numbered(("crm.deals", _built(record, currency, options.options)) for record in records)


def _records(stream: BinaryIO, options: FormatOptions) -> Iterator[Record]:
    file_name = options.file_name
    for answer in stream_answers(stream, options, "an answer of amoCRM"):
        if "id" in answer:
            yield _known(answer, file_name)
            continue
        if "title" in answer and "status" in answer:
            why = text(answer.get("detail")) or text(answer.get("title")) or "no description"
            raise FileRefused("unparsable", f"{file_name} is an error answer of amoCRM: {why[:200]}. Fetch it again.")
        embedded = answer.get("_embedded")
        found = [child(embedded, name) for name in ("leads", "elements") if isinstance(child(embedded, name), list)]
        if not found:
            raise FileRefused("unparsable", f"{file_name} has no _embedded.leads and no _embedded.elements.")
        for records in found:
            for record in records:
                yield _known(record, file_name)


def _known(record: Any, file_name: str) -> Record:
    if isinstance(record, dict) and ("status_id" in record or _field(record, "BILL_STATUS") is not None):
        return record
    known = str(record.get("id"))[:40] if isinstance(record, dict) else str(record)[:40]
    raise FileRefused("unparsable", f"{file_name}: {known!r} is neither a lead (status_id) nor a bill (BILL_STATUS).")


def _built(record: Record, currency: str | None, options: Mapping[str, object]) -> Values | Fault:
    try:
        return _deal(record, currency, options)
    except Fault as fault:
        return fault


def _deal(record: Record, currency: str | None, options: Mapping[str, object]) -> Values:
    is_bill = "status_id" not in record
    own_id = required("deal_id", text(record.get("id")))
    status = _bill_status(record) if is_bill else _lead_status(record, options)
    price = _value(record, "BILL_PRICE") if is_bill else record.get("price")
    invoice = _linked(record, options, "invoice_field")
    return {
        "deal_id": f"bill-{own_id}" if is_bill else own_id,
        "order_id": _linked(record, options, "order_field"),
        "invoice_id": invoice or (own_id if is_bill else None),
        "payment_id": _linked(record, options, "payment_field"),
        "payment_status": "cancelled" if record.get("is_deleted") not in (None, False) else status,
        "amount": plain(decimal("amount", price)),
        "currency": currency,
        "updated_at": _updated_at(record),
    }


def _updated_at(record: Record) -> str:
    seconds = required("updated_at", text(record.get("updated_at")) or text(record.get("created_at")))
    try:
        return epoch_time("updated_at", f"{seconds}000")
    except Fault as fault:
        raise Fault("updated_at", seconds, "bad_timestamp") from fault


def _lead_status(record: Record, options: Mapping[str, object]) -> str:
    stage = required("payment_status", text(record.get("status_id")))
    declared = options.get("statuses")
    named = {str(key): str(value) for key, value in declared.items()} if isinstance(declared, Mapping) else {}
    return named.get(stage) or LEAD_STATUS.get(stage, "unpaid")


def _bill_status(record: Record) -> str:
    code = text(child(_first(record, "BILL_STATUS"), "enum_code")) or text(_value(record, "BILL_STATUS"))
    if code is None or code not in BILL_STATUS:
        raise Fault("payment_status", code, "unknown_enum_value" if code else "missing_required")
    return BILL_STATUS[code]


def _linked(record: Record, options: Mapping[str, object], name: str) -> str | None:
    return text(_value(record, str(options[name]))) if name in options else None


def _value(record: Record, name: str) -> Any:
    return child(_first(record, name), "value")


def _first(record: Record, name: str) -> Any:
    values = child(_field(record, name), "values")
    return values[0] if isinstance(values, list) and values else None


def _field(record: Record, name: str) -> Any:
    """The custom field of that code or id."""
    fields = record.get("custom_fields_values")
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and name in (text(field.get("field_code")), text(field.get("field_id"))):
            return field
    return None
