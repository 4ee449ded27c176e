"""Fields of MoySklad that hold what only the account knows: the feed says which.

- Option ``incoming_number``: the incoming number of a payment is an acquirer's reference.
- Option ``attributes``: contract to column to the name or id of an additional field (доп. поле) of the document, such
  as ``{"warehouse.deliveries": {"order_id": "Заказ сайта"}}``. Source: ``attributes[]{id, name, type, value}``, remap
  1.2; a value is text, a number, or for a dictionary's entry an object with a name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.contract import contract as contract_of
from ingest.formats.base import Fault, FileRefused, FormatOptions, Outcome, Values, text
from ingest.formats.json_input import child

Attributes = Mapping[str, Mapping[str, str]]


def read_reference_key(options: FormatOptions) -> str | None:
    """The field that holds a provider's reference, when the feed says so. Refuses any other word."""
    declared = options.options.get("incoming_number")
    if declared not in (None, "provider_reference"):
        raise FileRefused(
            "unparsable", f"{options.file_name}: option incoming_number in sverka.yml can only be provider_reference."
        )
    return "incomingNumber" if declared else None


def read_attributes(options: FormatOptions, contracts: Iterable[str]) -> Attributes:
    """The option, checked. Refuses contracts and columns that are not there, and columns that are no text."""
    declared = options.options.get("attributes", {})
    known = {name: {column.name for column in contract_of(name).columns if column.type == "text"} for name in contracts}
    if isinstance(declared, Mapping) and all(
        name in known and isinstance(fields, Mapping) and all(column in known[name] for column in fields)
        for name, fields in declared.items()
    ):
        return {str(name): {str(key): str(field) for key, field in told.items()} for name, told in declared.items()}
    raise FileRefused(
        "unparsable",
        f"{options.file_name}: option attributes in sverka.yml must map contracts to columns of text, and these to "
        "additional fields, such as `warehouse.deliveries: {order_id: Заказ сайта}`.",
    )


def with_attributes(outcomes: Iterable[Outcome], record: Mapping[str, Any], attributes: Attributes) -> list[Outcome]:
    """The rows of a record with what its additional fields say; a field that is empty changes nothing."""
    return [
        (name, values if isinstance(values, Fault) else values | _told(record, attributes.get(name, {})))
        for name, values in outcomes
    ]


def _told(record: Mapping[str, Any], fields: Mapping[str, str]) -> Values:
    listed = record.get("attributes")
    found: dict[str, str] = {}
    for attribute in listed if isinstance(listed, list) else []:
        value = child(attribute, "value")
        told = text(child(value, "name")) if isinstance(value, dict) else text(value)
        if told is not None:
            found |= {name: told for key in ("id", "name") if (name := text(child(attribute, key)))}
    return {column: found[field] for column, field in fields.items() if field in found}
