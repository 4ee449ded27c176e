"""1C:Enterprise 8.3 over OData (``/odata/standard.odata/<Entity>?$format=json``): collections and single objects.

Source: the platform's description of the interface, recorded answers and metadata of public configurations. Which
entity becomes which contract, and from which fields, is data: ``onec/<configuration>.yaml`` (option ``configuration``:
accounting, trade or manufacturing), over it what the feed says (``onec/mapping.py`` has the syntax). The same field is
a plain reference in one configuration and a composite one in another; both are read.

- Int64 is text, Double a JSON number: all are read as exact decimals. Fixed-length text is padded with spaces. A zero
  GUID, ``0001-01-01T00:00:00`` and ``StandardODATA.Undefined`` are empty. Times have no zone: the feed's applies.
- Ids are ``Ref_Key``. What a reference means (the ИНН behind Контрагент, the code of a currency, the name of an
  additional property) is told by an expanded object, by another answer in the same file (a JSON array of answers), or
  by the options ``currencies`` and ``names`` (id to text).
- A document with several rows in РасшифровкаПлатежа that pay different things gives one row each, ids ``<id>#1``,
  ``<id>#2``; rows with the same links are one part. What the rows leave of СуммаДокумента is a part without links;
  rows beyond it contradict it and reject the document.
- A bank receipt can be a transfer or a loan: ВидОперации tells which documents are payments of customers. Those of
  ``leave`` are none of ours, those in neither list are rejected, so that nothing new is lost unseen.
- Currency: the code of the referred currency, else option ``currencies``, else option ``currency`` when the document
  has no rate other than 1 and ``currencies`` is not given; else the file is refused with what to write.
- No time of change: ``DataVersion`` is opaque, so the extract's date orders the versions.
- ``is_manual`` is false: no field says that a person entered the document (РучнаяКорректировка is about postings).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, BinaryIO

from ingest.contract import Column
from ingest.contract import contract as contract_of
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
)
from ingest.formats.currencies import letters
from ingest.formats.onec.answers import Answer, Record, read_answers
from ingest.formats.onec.mapping import Configuration, Entity, MappingError, Source, configuration
from ingest.formats.onec.reading import Reader, rows_of

CONTRACTS = (
    "erp.payments",
    "erp.refunds",
    "erp.invoices",
    "erp.export_queue",
    "crm.customers",
    "crm.contracts",
    "warehouse.deliveries",
    "warehouse.returns",
)
DEFAULT_CONTRACTS = ("erp.payments", "erp.refunds", "erp.invoices", "crm.customers", "crm.contracts")
"""Goods are often kept elsewhere, and the export queue is a full picture at each extract: a feed of its own."""
LAYER = ("entities", "rate", "properties", "registers", "explaining")
OPTIONS = ("configuration", "entity", "currency", "currencies", "names", *LAYER)

DEFAULT_CONFIGURATION = "accounting"


def parse(stream: BinaryIO, options: FormatOptions) -> Iterator[Row | Reject]:
    """Rows of the wanted contracts. Raises FileRefused, of a collection also after rows."""
    mapping = _mapping(options)
    found = read_answers(stream, options, mapping.entities)
    wanted = options.wanted(DEFAULT_CONTRACTS)
    chosen = _chosen(found, mapping, wanted, options.file_name)
    reader = Reader(mapping, found if len(found) > 1 else [], _names(options, "names"))
    builder = _Builder(mapping, reader, options)
    yield from numbered(
        outcome
        for answer, entities in chosen
        for record in answer.records
        for entity in entities
        for outcome in builder.outcomes(entity, record)
    )


# ---------- what the file is


def _mapping(options: FormatOptions) -> Configuration:
    name = str(options.options.get("configuration", DEFAULT_CONFIGURATION))
    own = {key: options.options[key] for key in LAYER if key in options.options}
    try:
        mapping = configuration(name, own)
        for entity in (entity for entities in mapping.entities.values() for entity in entities):
            if entity.contract not in CONTRACTS:
                raise MappingError(f"{entity.name}: contract {entity.contract} is not one of this format's")
    except MappingError as error:
        raise FileRefused(
            "unparsable", f"{options.file_name}: the feed's options in sverka.yml do not fit onec_odata: {error}."
        ) from error
    return mapping


def _chosen(
    found: list[Answer], mapping: Configuration, wanted: tuple[str, ...], file_name: str
) -> list[tuple[Answer, list[Entity]]]:
    """The answers that give rows, with their wanted mappings. The others explain references, and do not stand alone."""
    chosen = []
    for answer in found:
        entities = [entity for entity in mapping.entities.get(answer.entity, ()) if entity.contract in wanted]
        if entities:
            chosen.append((answer, entities))
        elif answer.entity not in mapping.entities and not mapping.explains(answer.entity):
            raise FileRefused(
                "unparsable",
                f"{file_name}: {answer.entity[:80] or 'a nameless entity'} is not mapped. Map it with the feed's "
                f"option entities in sverka.yml, or leave it out. Mapped: {', '.join(sorted(mapping.entities))}.",
            )
    unwanted = [answer.entity for answer in found if answer.entity in mapping.entities]
    if unwanted and not chosen:
        contracts = " or ".join(entity.contract for entity in mapping.entities[unwanted[0]])
        raise FileRefused(
            "unparsable",
            f"{file_name} holds {unwanted[0]}, of which the feed wants nothing. Add {contracts} to the feed's "
            "`contracts` in sverka.yml, or move the file to its own feed.",
        )
    if found and not chosen:
        raise FileRefused(
            "unparsable",
            f"{file_name} holds only {found[0].entity}, which explains other answers and gives no rows. Deliver it "
            "in one file with them, as a JSON array.",
        )
    return chosen


def _names(options: FormatOptions, key: str) -> dict[str, str]:
    told = options.options.get(key, {})
    if not isinstance(told, Mapping):
        raise FileRefused("unparsable", f"{options.file_name}: option {key} in sverka.yml must map ids to text.")
    return {str(ident).lower(): str(name) for ident, name in told.items()}


# ---------- rows


class _Builder:
    """Makes the rows of one record."""

    def __init__(self, mapping: Configuration, reader: Reader, options: FormatOptions) -> None:
        self._mapping = mapping
        self._reader = reader
        self._file_name = options.file_name
        self._currency = options.currency()
        self._currencies = _names(options, "currencies")

    def outcomes(self, entity: Entity, record: Record) -> list[Outcome]:
        """The rows or the fault of a record; nothing when it is none of the contract."""
        try:
            if self._reader.is_true(record, entity.skip) or not self._is_meant(entity, record):
                return []
            rows = self._rows(entity, record)
        except Fault as fault:
            return [(entity.contract, fault)]
        return [(entity.contract, row) for row in rows]

    def _is_meant(self, entity: Entity, record: Record) -> bool:
        operation = entity.operation
        told = self._reader.first(record, operation.field) if operation else None
        if operation is None or told in operation.take:
            return True
        if operation.leave is None or told in operation.leave:
            return False
        if told is None:
            return True
        raise Fault("/".join(operation.field[0].path), told, "unknown_enum_value")

    def _rows(self, entity: Entity, record: Record) -> list[Values]:
        whole = {
            column.name: self._value(entity, column, record)
            for column in contract_of(entity.contract).columns
            if column.name in entity.fields
        }
        if "amount" in whole:
            whole["amount"] = plain(decimal("amount", whole["amount"]))
        divided = self._parts(entity, record, whole)
        key = contract_of(entity.contract).key[0]
        rows = [whole | links | {"amount": plain(amount)} for amount, links in divided] or [whole]
        if len(rows) > 1:
            rows = [row | {key: f"{row[key]}#{number}"} for number, row in enumerate(rows, start=1)]
        for row in rows:
            for column in contract_of(entity.contract).columns:
                if column.required and column.default is None and row.get(column.name) is None:
                    raise Fault(column.name, None, "missing_required")
        return rows

    def _parts(self, entity: Entity, record: Record, whole: Values) -> list[tuple[Decimal, Values]]:
        """The parts of a divided document with what each pays; they sum to it. Empty when it has no such rows.

        A link that no row names is the document's own.
        """
        parts = entity.parts
        rows = rows_of(record, parts.table) if parts else []
        if parts is None or not rows:
            return []
        columns = {column.name: column for column in contract_of(entity.contract).columns}
        sums: dict[tuple[str | None, ...], Decimal] = {}
        for row in rows:
            links = tuple(
                self._converted(entity, columns[name], self._reader.first(row, sources))
                for name, sources in parts.fields.items()
            )
            amount = decimal("amount", self._reader.first(row, parts.amount))
            if amount < 0:
                raise Fault("amount", plain(amount), "out_of_range")
            if amount:
                sums[links] = EXACT.add(sums.get(links, Decimal(0)), amount)
        rest = decimal("amount", whole["amount"])
        for amount in sums.values():
            rest = EXACT.subtract(rest, amount)
        if rest < 0:
            raise Fault("amount", whole["amount"], "out_of_range")
        named = {name for links in sums for name, link in zip(parts.fields, links, strict=True) if link}
        divided = [
            (amount, {name: link for name, link in zip(parts.fields, links, strict=True) if name in named})
            for links, amount in sums.items()
        ]
        if rest and divided:
            divided.append((rest, dict.fromkeys(named)))
        return divided

    # ---------- values

    def _value(self, entity: Entity, column: Column, record: Record) -> str | None:
        sources = entity.fields[column.name]
        if column.type == "currency":
            return self._currency_of(record, sources)
        return self._converted(entity, column, self._reader.first(record, sources))

    def _converted(self, entity: Entity, column: Column, told: str | None) -> str | None:
        """The value as the column's type writes it."""
        if told is None:
            return None
        if column.type == "timestamp":
            return iso_time(column.name, told)
        if column.type == "date":
            return iso_time(column.name, told)[:10]
        if column.type == "amount":
            return plain(decimal(column.name, told))
        if column.type == "enum":
            word = entity.words.get(column.name, {}).get(told, told)
            if word not in column.values:
                raise Fault(column.name, told, "unknown_enum_value")
            return word
        return told

    def _currency_of(self, record: Record, sources: tuple[Source, ...]) -> str:
        stated = None
        for source in sources:
            meant = self._reader.object_of(record, source.path[0]) if len(source.path) == 1 else None
            told = self._reader.value(record, source)
            stated = stated or told
            for code in (meant.get("Code"), meant.get("Description")) if meant else (told,):
                known = letters(code if isinstance(code, str) else None)
                if known:
                    return known
            if told and told.lower() in self._currencies:
                known = letters(self._currencies[told.lower()])
                if known:
                    return known
        rate = self._reader.first(record, self._mapping.rate)
        is_own = rate is None or decimal("currency", rate) in (0, 1)
        if self._currency and is_own and not self._currencies:
            return self._currency
        name = stated or "<id>"
        raise FileRefused(
            "missing_required_column",
            f"{self._file_name}: the currency {name[:80]} of {self._id(record)} is only a reference. Say which one it "
            f"is with the feed in sverka.yml, `options: {{currencies: {{{name[:80]}: RUB}}}}`, or, when all documents "
            "are in one, `options: {currency: RUB}`; or deliver the answer of Catalog_Валюты in the same file.",
        )

    def _id(self, record: Record) -> str:
        told: Any = record.get("Number") or record.get("Ref_Key") or "a record"
        return str(told).strip()[:60]
