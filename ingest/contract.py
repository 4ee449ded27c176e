"""The extract contracts: the typed shape of each kind of record, whatever system it came from.

They are read from ``ingest/contracts/<source>.yaml``, the single source of truth for the loader's types, the dbt
sources and the staging documentation. Nothing here touches extracts or the warehouse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

CONTRACTS_FOLDER = Path(__file__).parent / "contracts"

SQL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "text": "VARCHAR",
        "enum": "VARCHAR",
        "currency": "VARCHAR",
        "amount": "DECIMAL(19,4)",
        "timestamp": "TIMESTAMP",
        "date": "DATE",
        "integer": "BIGINT",
        "boolean": "BOOLEAN",
    }
)
"""Column type of a contract to the SQL type of its raw and staging columns."""

METADATA_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "source_system": "VARCHAR",
        "_feed": "VARCHAR",
        "_extract_date": "DATE",
        "_file_name": "VARCHAR",
        "_file_sha256": "VARCHAR",
        "_delivery": "INTEGER",
        "_row_number": "BIGINT",
        "_loaded_at": "TIMESTAMP",
    }
)
"""What every raw row carries after its contract's columns, name to SQL type."""

FREE_TEXT_COLUMNS = frozenset(
    {
        "name",
        "reason",
        "change_reason",
        "error_message",
        "purpose",
        "counterparty_name",
        "release_reason",
        "last_error",
        "method_name",
    }
)
"""Columns in which card numbers are masked (contracts.md, Canonical files)."""

REFERENCE_SUFFIXES = ("_id", "_reference", "account", "number", "sign")
"""Endings of the columns in which a value of only punctuation is NULL (contracts.md, Canonical files)."""

ENTITY_FIELDS = frozenset({"description", "snapshot", "key", "columns"})
COLUMN_FIELDS = frozenset({"name", "type", "required", "required_when", "values", "signed", "default", "description"})


class ContractError(ValueError):
    """A contract file breaks a rule; the message names file, entity and column."""


class UnknownContractError(KeyError):
    """No contract has this name."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    ``required_when`` gives, by the name of an enum column, the values with which this column must be filled.
    ``default`` is the canonical text that stands in for an absent or empty value.
    """

    name: str
    type: str
    required: bool
    required_when: Mapping[str, tuple[str, ...]] | None
    values: tuple[str, ...]
    signed: bool
    default: str | None
    description: str

    @property
    def sql_type(self) -> str:
        """The type of the column in raw and staging tables."""
        return SQL_TYPES[self.type]

    @property
    def is_free_text(self) -> bool:
        """Whether card numbers in the column are masked before anything is stored."""
        return self.type == "text" and self.name in FREE_TEXT_COLUMNS

    @property
    def is_reference(self) -> bool:
        """Whether the column holds an id or reference, where a value of only punctuation is NULL."""
        return self.type == "text" and self.name.endswith(REFERENCE_SUFFIXES)


@dataclass(frozen=True)
class Contract:
    """The typed shape of one kind of record. ``key``, with ``source_system``, is its business key."""

    source: str
    entity: str
    description: str
    snapshot: bool
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """``provider.payments``"""
        return f"{self.source}.{self.entity}"

    @property
    def raw_table(self) -> str:
        """``provider__payments``, the table in schema ``raw``."""
        return f"{self.source}__{self.entity}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The contract's columns in the contract's order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when the contract has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}; it has {', '.join(self.column_names)}.")


@cache
def contracts() -> Mapping[str, Contract]:
    """All contracts by name, in the order of their files and entities. Raises ContractError."""
    return MappingProxyType(read_contracts(CONTRACTS_FOLDER))


def contract(name: str) -> Contract:
    """The contract of that name, e.g. ``provider.payments``. Raises UnknownContractError."""
    try:
        return contracts()[name]
    except KeyError:
        known = ", ".join(contracts())
        raise UnknownContractError(f"There is no contract {name!r}. Known contracts: {known}.") from None


def read_contracts(folder: Path) -> dict[str, Contract]:
    """Read and check every ``<source>.yaml`` of a folder. Raises ContractError."""
    found: dict[str, Contract] = {}
    for path in sorted(folder.glob("*.yaml")):
        for item in _read_source(path):
            found[item.name] = item
    if not found:
        raise ContractError(f"{folder}: no contract files (*.yaml) found.")
    return found


def _read_source(path: Path) -> list[Contract]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ContractError(f"{path}: not readable as YAML: {error}") from error
    fields = _mapping(content, f"{path}", frozenset({"source", "entities"}))
    if fields.get("source") != path.stem:
        raise ContractError(f"{path}: source is {fields.get('source')!r}, it must be {path.stem!r} like the file.")
    entities = _mapping(fields.get("entities"), f"{path}: entities", None)
    return [_read_entity(path, name, entity) for name, entity in entities.items()]


def _read_entity(path: Path, name: str, content: object) -> Contract:
    where = f"{path}: {name}"
    fields = _mapping(content, where, ENTITY_FIELDS)
    listed = fields.get("columns")
    if not isinstance(listed, list) or not listed:
        raise ContractError(f"{where}: columns must be a list of at least one column.")
    columns = tuple(_read_column(where, position, item) for position, item in enumerate(listed, start=1))
    result = Contract(
        source=path.stem,
        entity=name,
        description=_text(fields, "description", where),
        snapshot=_flag(fields, "snapshot", where),
        key=_texts(fields, "key", where),
        columns=columns,
    )
    _check_columns(result, where)
    return result


def _read_column(where: str, position: int, content: object) -> Column:
    fields = _mapping(content, f"{where}: column {position}", COLUMN_FIELDS)
    name = _text(fields, "name", f"{where}: column {position}")
    where = f"{where}.{name}"
    default = fields.get("default")
    return Column(
        name=name,
        type=_text(fields, "type", where),
        required=_flag(fields, "required", where),
        required_when=_required_when(fields, where),
        values=_texts(fields, "values", where) if "values" in fields else (),
        signed=_flag(fields, "signed", where),
        default=None if default is None else str(default),
        description=_text(fields, "description", where),
    )


def _required_when(fields: Mapping[str, object], where: str) -> Mapping[str, tuple[str, ...]] | None:
    if "required_when" not in fields:
        return None
    conditions = _mapping(fields["required_when"], f"{where}: required_when", None)
    return MappingProxyType({name: _texts(conditions, name, f"{where}: required_when") for name in conditions})


def _check_columns(item: Contract, where: str) -> None:
    names = item.column_names
    for name in names:
        if names.count(name) > 1:
            raise ContractError(f"{where}: column {name} is listed twice.")
        if name in METADATA_COLUMNS:
            raise ContractError(f"{where}: column {name} is reserved, every raw row carries it.")
    for column in item.columns:
        _check_column(item, column, f"{where}.{column.name}")
    if not item.key:
        raise ContractError(f"{where}: key must name at least one column.")
    for name in item.key:
        if name not in names:
            raise ContractError(f"{where}: key names {name}, which is no column.")
        if not item.column(name).required and item.column(name).default is None:
            raise ContractError(f"{where}.{name}: a key column must be required or have a default.")


def _check_column(item: Contract, column: Column, where: str) -> None:
    if column.type not in SQL_TYPES:
        raise ContractError(f"{where}: unknown type {column.type!r}; use one of {', '.join(SQL_TYPES)}.")
    if (column.type == "enum") != bool(column.values):
        raise ContractError(f"{where}: an enum needs values, and only an enum has them.")
    if column.signed and column.type != "amount":
        raise ContractError(f"{where}: only an amount can be signed, this is {column.type}.")
    if column.required and (column.required_when or column.default is not None):
        raise ContractError(f"{where}: required stands alone, without required_when or default.")
    if column.default is not None and column.type == "enum" and column.default not in column.values:
        raise ContractError(f"{where}: default {column.default!r} is not among its values.")
    for name, values in (column.required_when or {}).items():
        allowed = item.column(name).values if name in item.column_names else ()
        unknown = [value for value in values if value not in allowed]
        if unknown or not values:
            raise ContractError(f"{where}: required_when names {name} = {unknown}, which no enum column allows.")


def _mapping(content: object, where: str, known: frozenset[str] | None) -> Mapping[str, object]:
    if not isinstance(content, dict) or not content:
        raise ContractError(f"{where}: must be a mapping with at least one entry.")
    for name in content:
        if not isinstance(name, str):
            raise ContractError(f"{where}: the name {name!r} must be text.")
        if known is not None and name not in known:
            raise ContractError(f"{where}: unknown field {name!r}; use {', '.join(sorted(known))}.")
    return content


def _text(fields: Mapping[str, object], name: str, where: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ContractError(f"{where}: {name} must be given as text.")
    return value


def _texts(fields: Mapping[str, object], name: str, where: str) -> tuple[str, ...]:
    values = fields.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ContractError(f"{where}: {name} must be a list of texts.")
    if len(set(values)) != len(values):
        raise ContractError(f"{where}: {name} lists a value twice.")
    return tuple(values)


def _flag(fields: Mapping[str, object], name: str, where: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise ContractError(f"{where}: {name} must be true or false, not {value!r}.")
    return value
