"""ActivePlatform API v3 (``application/vnd.api+json``): postpaid invoices and the payments linked with them.

Built from documentation (docs.activeplatform.com, reseller API and operator guide): no recorded answer was at hand, so
it is tolerant. A file is one answer ``{data, included}``, of invoices or of payments, or a JSON array of answers. What
is included counts as what is listed; a resource that comes twice counts once.

- Only invoices whose ``payment_model`` is not ``prepay`` are postpaid invoices. Several invoices of one account and
  period are told apart by their id alone.
- ``total`` is in the reseller's currency: ``currency_code``, else the feed's option ``currency``. ``external_total``
  and ``external_currency`` are what the ERP billed; they may differ and are kept apart. Zero without currency is none.
- ``billing_period_start`` and ``_end`` are ``from_date`` and ``to_date``.
- ``closed_at`` is not in the documented answer: the platform creates the linked payment when it closes the invoice, so
  it is ``closed_at`` where given, else the creation of its first linked payment in the file, else ``updated_at``.
- A payment belongs to the invoice it is related with, from either side, if that is one; kind postpaid. Related with
  none, or with a prepaid one, it goes onto the account: kind account.
- ``paid_at`` is ``paid_at`` or ``completed_at`` where given, else ``updated_at`` of the completed payment.
- A payment that the balance paid whole (``amount_paid_from_balance``) and that names no method has method ``balance``.
- A cancelled payment is cancelled and creates no debt. Blocked charges are summed when all charges are included.
- Other names of attributes: option ``fields``, contract to column to attribute. Times without a zone: the feed's.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from ingest.contract import contract
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
    iso_time,
    numbered,
    plain,
    required,
    text,
)
from ingest.formats.currencies import letters
from ingest.formats.json_input import child, load_json

CONTRACTS = ("billing.invoices", "billing.payments")
DEFAULT_CONTRACTS = CONTRACTS
OPTIONS = ("currency", "fields")

INVOICE_STATUS = {"open": "open", "closed": "closed"}
PAYMENT_STATUS = {
    "waiting for payment": "waiting",
    "waiting": "waiting",
    "new": "waiting",
    "receipt creating": "pending",
    "receipt sent": "pending",
    "pending": "pending",
    "processing": "pending",
    "completed": "completed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "refunded": "refunded",
}
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "billing.invoices": {
        "account_id": ("account_id",),
        "customer_id": ("customer_id",),
        "billing_period_start": ("from_date",),
        "billing_period_end": ("to_date",),
        "status": ("status",),
        "amount": ("total",),
        "currency": ("currency_code", "currency"),
        "external_total": ("external_total",),
        "external_currency": ("external_currency", "external_currency_code"),
        "blocked_charges_amount": ("blocked_charges_amount",),
        "closed_at": ("closed_at",),
        "updated_at": ("updated_at",),
    },
    "billing.payments": {
        "platform_invoice_id": ("invoice_id",),
        "personal_account": ("account_id",),
        "erp_document_id": ("external_id",),
        "payer_tax_id": ("payer_tax_id",),
        "organisation_tax_id": ("organisation_tax_id",),
        "method_name": ("payment_method_name", "payment_method"),
        "amount": ("total",),
        "currency": ("currency_code", "currency"),
        "status": ("status",),
        "due_date": ("due_date",),
        "created_at": ("created_at",),
        "paid_at": ("paid_at", "completed_at"),
        "updated_at": ("updated_at",),
    },
}
"""Column to the attributes that may hold it."""

KINDS = {
    "invoice": "billing.invoices",
    "invoices": "billing.invoices",
    "payment": "billing.payments",
    "payments": "billing.payments",
}

Resource = dict[str, Any]
Fields = Mapping[str, Mapping[str, tuple[str, ...]]]


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, before the first row."""
    default = options.currency()
    fields = _fields(options)
    listed, known = _resources(load_json(stream, options), options.file_name)
    wanted = options.wanted(DEFAULT_CONTRACTS)
    unwanted = [kind for resource in listed if (kind := KINDS[str(resource["type"])]) not in wanted]
    if unwanted and len(unwanted) == len(listed):
        raise FileRefused(
            "unparsable",
            f"{options.file_name} holds {unwanted[0]}, which the feed does not supply. Add it to the feed's "
            "`contracts` in sverka.yml, or move the file to its own feed.",
        )
    file = _File(known, fields, default, options.file_name)
    yield from numbered(outcome for resource in known.values() if (outcome := file.outcome(resource, wanted)))


def _fields(options: FormatOptions) -> Fields:
    own = options.options.get("fields", {})
    fields = {name: dict(columns) for name, columns in FIELDS.items()}
    for name, columns in own.items() if isinstance(own, Mapping) else [("", own)]:
        if name not in fields or not isinstance(columns, Mapping):
            raise _bad_fields(options.file_name)
        for column, attribute in columns.items():
            if column not in contract(name).column_names or not isinstance(attribute, str):
                raise _bad_fields(options.file_name)
            fields[name][column] = (attribute,)
    return fields


def _bad_fields(file_name: str) -> FileRefused:
    return FileRefused(
        "unparsable",
        f"{file_name}: option fields in sverka.yml must map {' or '.join(FIELDS)} to columns, and these to attributes.",
    )


# ---------- what the file is


def _resources(document: Any, file_name: str) -> tuple[list[Resource], dict[tuple[str, str], Resource]]:
    """The listed resources, and these with all included ones by (type, id), the listed first."""
    listed: list[Resource] = []
    included: list[Resource] = []
    for answer in document if isinstance(document, list) else [document]:
        if not isinstance(answer, dict):
            raise FileRefused("unparsable", f"{file_name} is neither an answer of ActivePlatform nor a list of them.")
        if "errors" in answer or "error" in answer:
            errors = answer.get("errors", answer.get("error"))
            first = errors[0] if isinstance(errors, list) and errors else errors
            why = text(child(first, "detail")) or text(child(first, "title")) or text(first) or "no message"
            raise FileRefused(
                "unparsable",
                f"{file_name} is an error answer of ActivePlatform: {why[:200]}. Mend its cause and fetch it again.",
            )
        if "data" not in answer:
            raise FileRefused("unparsable", f"{file_name} is no answer of ActivePlatform: it has no data.")
        data = answer["data"]
        listed += _checked(data if isinstance(data, list) else [data], file_name)
        more = answer.get("included")
        included += _checked(more, file_name) if isinstance(more, list) else []
    for resource in listed:
        if resource["type"] not in KINDS:
            raise FileRefused(
                "unparsable",
                f"{file_name} lists {str(resource['type'])[:60]}, which this format does not read: only invoices and "
                "payments.",
            )
    known: dict[tuple[str, str], Resource] = {}
    for resource in (*listed, *included):
        known.setdefault((_kind(resource), _id(resource) or f"#{len(known)}"), resource)
    return listed, known


def _checked(resources: list[Any], file_name: str) -> list[Resource]:
    for position, resource in enumerate(resources, start=1):
        if not isinstance(resource, dict) or not isinstance(resource.get("type"), str):
            raise FileRefused("unparsable", f"{file_name}: resource {position} is no object with a type.")
    return resources


def _kind(resource: Resource) -> str:
    return str(resource["type"]).removesuffix("s")


def _id(resource: object) -> str | None:
    return text(child(resource, "id"))


def _related(resource: Resource, *names: str) -> list[str]:
    """The ids that the resource is related with under one of the names."""
    for name in names:
        data = child(resource, "relationships", name, "data")
        ids = [ident for item in (data if isinstance(data, list) else [data]) if (ident := _id(item))]
        if ids:
            return ids
    return []


# ---------- rows


class _File:
    """Makes rows, knowing what else is in the file."""

    def __init__(
        self, known: Mapping[tuple[str, str], Resource], fields: Fields, default: str | None, file_name: str
    ) -> None:
        self._file_name = file_name
        self._known = known
        self._fields = fields
        self._default = default
        self._invoices: dict[str, set[str]] = {}
        self._payments: dict[str, set[str]] = {}
        for (kind, ident), resource in known.items():
            if kind == "invoice":
                self._link([ident], _related(resource, "payments", "payment"))
            elif kind == "payment":
                self._link(_related(resource, "invoices", "invoice"), [ident])

    def _link(self, invoices: Iterable[str], payments: Iterable[str]) -> None:
        for invoice in invoices:
            for payment in payments:
                self._invoices.setdefault(payment, set()).add(invoice)
                self._payments.setdefault(invoice, set()).add(payment)

    def outcome(self, resource: Resource, wanted: tuple[str, ...]) -> Outcome | None:
        name = KINDS.get(str(resource["type"]))
        if name is None or name not in wanted or (name == "billing.invoices" and _is_prepaid(resource)):
            return None
        told = {
            column: next((value for key in keys if (value := text(child(resource, "attributes", key)))), None)
            for column, keys in self._fields[name].items()
        }
        try:
            return name, (self._invoice if name == "billing.invoices" else self._payment)(resource, told)
        except Fault as fault:
            return name, fault

    def _invoice(self, resource: Resource, told: Values) -> Values:
        ident = required("platform_invoice_id", _id(resource))
        status = _status(told["status"], INVOICE_STATUS)
        account = told["account_id"] or next(iter(_related(resource, "account")), None)
        external = told["external_total"]
        if external is not None:
            number = decimal("external_total", external)
            external = None if not number and told["external_currency"] is None else plain(number)
        return told | {
            "platform_invoice_id": ident,
            "account_id": required("account_id", account),
            "billing_period_start": _date("billing_period_start", told["billing_period_start"]),
            "billing_period_end": _date("billing_period_end", told["billing_period_end"]),
            "status": status,
            "amount": plain(decimal("amount", told["amount"])),
            "currency": self._currency(told["currency"]),
            "external_total": external,
            "external_currency": _letters("external_currency", told["external_currency"]),
            "blocked_charges_amount": self._blocked(resource, told["blocked_charges_amount"]),
            "closed_at": self._closed_at(ident, told) if status == "closed" else None,
            "updated_at": _time("updated_at", told["updated_at"]),
        }

    def _closed_at(self, ident: str, told: Values) -> str:
        if told["closed_at"] is not None:
            return iso_time("closed_at", told["closed_at"])
        created = [
            moment
            for payment in sorted(self._payments.get(ident, ()))
            if (moment := text(child(self._known.get(("payment", payment)), "attributes", "created_at")))
        ]
        first = min((iso_time("closed_at", moment) for moment in created), default=told["updated_at"])
        return iso_time("closed_at", first)

    def _blocked(self, resource: Resource, told: str | None) -> str | None:
        if told is not None:
            return plain(decimal("blocked_charges_amount", told))
        charges = [self._known.get(("charge", ident)) for ident in _related(resource, "charges")]
        if not charges or None in charges:
            return None
        blocked = Decimal(0)
        for charge in charges:
            if (text(child(charge, "attributes", "status")) or "").lower() == "blocked":
                amount = child(charge, "attributes", "total") or child(charge, "attributes", "amount")
                blocked = EXACT.add(blocked, decimal("blocked_charges_amount", amount))
        return plain(blocked)

    def _payment(self, resource: Resource, told: Values) -> Values:
        ident = required("platform_payment_id", _id(resource))
        status = _status(told["status"], PAYMENT_STATUS)
        invoices = self._invoices.get(ident) or ({told["platform_invoice_id"]} - {None})
        postpaid = sorted(str(one) for one in invoices if not _is_prepaid(self._known.get(("invoice", str(one)))))
        amount = decimal("amount", told["amount"])
        return told | {
            "platform_payment_id": ident,
            "kind": "postpaid" if postpaid else "account",
            "platform_invoice_id": postpaid[0] if len(postpaid) == 1 else None,
            "personal_account": told["personal_account"] or next(iter(_related(resource, "account")), None),
            "method_name": self._method(resource, told["method_name"], amount),
            "amount": plain(amount),
            "currency": self._currency(told["currency"]),
            "status": status,
            "due_date": _date("due_date", told["due_date"]) if told["due_date"] else None,
            "created_at": iso_time("created_at", told["created_at"]),
            "paid_at": iso_time("paid_at", told["paid_at"] or told["updated_at"]) if status == "completed" else None,
            "updated_at": _time("updated_at", told["updated_at"]),
        }

    def _method(self, resource: Resource, told: str | None, amount: Decimal) -> str | None:
        for ident in _related(resource, "payment_method"):
            name = text(child(self._known.get(("payment_method", ident)), "attributes", "name"))
            if name:
                return name
        from_balance = child(resource, "attributes", "amount_paid_from_balance")
        if told is None and amount > 0 and from_balance is not None and decimal("amount", from_balance) >= amount:
            return "balance"
        return told

    def _currency(self, told: str | None) -> str:
        known = _letters("currency", told) or self._default
        if known is None:
            raise FileRefused(
                "missing_required_column",
                f"{self._file_name} does not tell the reseller's currency. Say it with the feed in sverka.yml, "
                "`options: {currency: RUB}`.",
            )
        return known


def _is_prepaid(resource: Resource | None) -> bool:
    return (text(child(resource, "attributes", "payment_model")) or "").lower() == "prepay"


def _status(told: str | None, words: Mapping[str, str]) -> str:
    word = required("status", told)
    status = words.get(word.lower().replace("_", " ").replace("-", " "))
    if status is None:
        raise Fault("status", word, "unknown_enum_value")
    return status


def _letters(column: str, told: str | None) -> str | None:
    known = letters(told)
    if told is not None and known is None:
        raise Fault(column, told, "unknown_currency")
    return known


def _date(column: str, told: str | None) -> str:
    return iso_time(column, told)[:10]


def _time(column: str, told: str | None) -> str | None:
    return iso_time(column, told) if told else None
