"""The mapping of 1C entities to contracts: ``<configuration>.yaml`` beside this file, over it the feed's ``options``.

Both have one shape, and so has every layer of it::

    extends: common                       # a file only: the layer below
    rate: [КурсДокумента]                 # where a document tells its exchange rate
    properties: [ДополнительныеРеквизиты] # table parts that hold additional properties
    registers: {InformationRegister_X: Документ}   # registers that tell more of the object in that field
    explaining: [Catalog_, ChartOf]       # entities that may stand in a file only to explain references
    entities:
      Document_X:
        like: Document_Y                  # begin as a copy of another one
        entity: Document_X                # when the name above is not it: a second mapping of one entity
        contract: erp.payments
        fields: {column: source, column: [source, source]}     # the first source that tells something
        words: {column: {their word: our word}}
        operation: {field: ВидОперации, take: [...], leave: [...] or all}
        skip: [IsFolder]                  # records of which this is true are none of the contract
        parts: {table: РасшифровкаПлатежа, amount: СуммаПлатежа, fields: {...}}

A layer replaces what it names down to single columns; a null takes it away. A source is text:

- ``Поле``: a value or a reference, plain (``Поле_Key``) or composite (``Поле`` with ``Поле_Type``); ``!Поле``: its
  contrary; ``Поле(Document_A, Document_B)``: only a composite reference to one of these.
- ``Поле/Другое``: a field of the object referred to, when it was expanded or stands in the same file;
  ``InformationRegister_X/Поле``: of the register's record about this object; ``Таблица[]/Поле``: what all rows of the
  table part agree on.
- ``property:Имя``: an additional property. ``=text``: a constant. Each may end with ``if Поле`` or ``if !Поле``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ingest.contract import contract, contracts

FOLDER = Path(__file__).parent
CONFIGURATIONS = ("accounting", "manufacturing", "trade")

_FIELD = re.compile(r"(?P<not>!)?(?:(?P<table>\w+)\[\]/)?(?P<path>\w+(?:/\w+)*)(?:\((?P<types>[\w, ]+)\))?")
_CONDITION = re.compile(r"(?P<source>.+?) if (?P<condition>!?\w+(?:/\w+)*)")
_LAYER = {"extends", "rate", "properties", "registers", "explaining", "entities"}
_ENTITY = {"like", "entity", "contract", "fields", "words", "operation", "skip", "parts"}
_OPERATION = {"field", "take", "leave"}
_PARTS = {"table", "amount", "fields"}


class MappingError(ValueError):
    """The mapping cannot be; the message says where and why."""


@dataclass(frozen=True)
class Source:
    """Where a value comes from; exactly one of ``constant``, ``property`` and ``path`` is given."""

    constant: str | None = None
    property: str | None = None
    path: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    table: str | None = None
    is_contrary: bool = False
    condition: "Source | None" = None


@dataclass(frozen=True)
class Operation:
    """Which documents of an entity are meant.

    ``leave`` is None when all that are not taken are left, also those that tell no operation; else these are taken.
    """

    field: tuple[Source, ...]
    take: frozenset[str]
    leave: frozenset[str] | None


@dataclass(frozen=True)
class Parts:
    """The table part by which a document divides."""

    table: str
    amount: tuple[Source, ...]
    fields: Mapping[str, tuple[Source, ...]]


@dataclass(frozen=True)
class Entity:
    """How the records of an entity become rows of one contract."""

    name: str
    contract: str
    fields: Mapping[str, tuple[Source, ...]]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    operation: Operation | None = None
    skip: tuple[Source, ...] = ()
    parts: Parts | None = None


@dataclass(frozen=True)
class Configuration:
    """The whole mapping of one feed."""

    entities: Mapping[str, tuple[Entity, ...]]
    rate: tuple[Source, ...]
    properties: tuple[str, ...]
    registers: Mapping[str, str]
    explaining: tuple[str, ...]

    def explains(self, entity: str) -> bool:
        """Whether answers of that entity may stand in a file only to tell what references mean."""
        return entity in self.registers or entity.startswith(self.explaining)


def configuration(name: str, own: Mapping[str, Any]) -> Configuration:
    """The configuration of that name with the feed's own layer over it. Raises MappingError."""
    if name not in CONFIGURATIONS:
        raise MappingError(f"configuration {name!r} is unknown, use {', '.join(CONFIGURATIONS)}")
    unknown = sorted(set(own) - _LAYER | ({"extends"} & set(own)))
    if unknown:
        raise MappingError(f"unknown key {unknown[0]!r}")
    return _built(_merged(_layer(name), own) if own else _layer(name))


@cache
def _layer(name: str) -> Mapping[str, Any]:
    layer = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    below = layer.pop("extends", None)
    return _merged(_layer(below), layer) if below else layer


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``above`` over ``below``: mappings key by key, anything else replaced, None taken away."""
    merged = dict(below)
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merged(merged[key], value)
        else:
            merged[key] = value
    return merged


# ---------- checked


def _built(layer: Mapping[str, Any]) -> Configuration:
    told = _mapping(layer.get("entities", {}), "entities")
    entities: dict[str, tuple[Entity, ...]] = {}
    for name in told:
        entity = _entity(str(name), told)
        entities[entity.name] = (*entities.get(entity.name, ()), entity)
    return Configuration(
        entities=entities,
        rate=_sources(layer.get("rate", []), "rate"),
        properties=_words(layer.get("properties", []), "properties"),
        registers={str(name): str(key) for name, key in _mapping(layer.get("registers", {}), "registers").items()},
        explaining=_words(layer.get("explaining", []), "explaining"),
    )


def _entity(name: str, entities: Mapping[str, Any]) -> Entity:
    told = _resembling(name, entities, ())
    _check_keys(told, _ENTITY, name)
    contract_name = str(told.get("contract"))
    if contract_name not in contracts():
        raise MappingError(f"{name}: contract {contract_name!r} does not exist")
    columns = set(contract(contract_name).column_names)
    fields = _fields(told.get("fields", {}), columns, f"{name}.fields")
    return Entity(
        name=str(_mapping(entities[name], name).get("entity", name)),
        contract=contract_name,
        fields=fields,
        words=_word_lists(told.get("words", {}), columns, f"{name}.words"),
        operation=_operation(told.get("operation"), f"{name}.operation"),
        skip=_sources(told.get("skip", []), f"{name}.skip"),
        parts=_parts(told.get("parts"), columns, f"{name}.parts"),
    )


def _resembling(name: str, entities: Mapping[str, Any], seen: tuple[str, ...]) -> Mapping[str, Any]:
    if name not in entities:
        raise MappingError(f"{seen[-1]}: like {name!r}, which is not mapped")
    told = _mapping(entities[name], name)
    if "like" not in told:
        return told
    other = str(told["like"])
    if other in (*seen, name):
        raise MappingError(f"{name}: like {other!r} leads round in a circle")
    return _merged(_resembling(other, entities, (*seen, name)), told)


def _fields(value: Any, columns: set[str], place: str) -> dict[str, tuple[Source, ...]]:
    told = _mapping(value, place)
    _check_keys(told, columns, place)
    return {str(column): _sources(sources, f"{place}.{column}") for column, sources in told.items()}


def _word_lists(value: Any, columns: set[str], place: str) -> dict[str, dict[str, str]]:
    told = _mapping(value, place)
    _check_keys(told, columns, place)
    return {
        str(column): {str(theirs): str(ours) for theirs, ours in _mapping(words, f"{place}.{column}").items()}
        for column, words in told.items()
    }


def _operation(value: Any, place: str) -> Operation | None:
    if value is None:
        return None
    told = _mapping(value, place)
    _check_keys(told, _OPERATION, place)
    leave = told.get("leave", [])
    return Operation(
        field=_sources(told.get("field"), f"{place}.field"),
        take=frozenset(_words(told.get("take", []), f"{place}.take")),
        leave=None if leave == "all" else frozenset(_words(leave, f"{place}.leave")),
    )


def _parts(value: Any, columns: set[str], place: str) -> Parts | None:
    if value is None:
        return None
    told = _mapping(value, place)
    _check_keys(told, _PARTS, place)
    return Parts(
        table=str(told.get("table")),
        amount=_sources(told.get("amount"), f"{place}.amount"),
        fields=_fields(told.get("fields", {}), columns, f"{place}.fields"),
    )


def _sources(value: Any, place: str) -> tuple[Source, ...]:
    return tuple(_source(item, place) for item in (value if isinstance(value, list) else [value]))


def _source(value: Any, place: str) -> Source:
    written = value.strip() if isinstance(value, str) else ""
    conditional = _CONDITION.fullmatch(written)
    if conditional:
        return replace(_source(conditional["source"], place), condition=_source(conditional["condition"], place))
    if written.startswith("property:") and written[9:].strip():
        return Source(property=written[9:].strip())
    if written.startswith("=") and written[1:].strip():
        return Source(constant=written[1:].strip())
    found = _FIELD.fullmatch(written)
    if not found:
        raise MappingError(f"{place}: {value!r} is no source")
    types = frozenset(name.strip() for name in (found["types"] or "").split(",") if name.strip())
    return Source(
        path=tuple(found["path"].split("/")), types=types, table=found["table"], is_contrary=bool(found["not"])
    )


def _words(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MappingError(f"{place}: {value!r} is no list of words")
    return tuple(value)


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MappingError(f"{place}: {value!r} must be written as `key: value` lines")
    return value


def _check_keys(told: Mapping[str, Any], known: set[str], place: str) -> None:
    unknown = [key for key in told if key not in known]
    if unknown:
        raise MappingError(f"{place}: unknown key {unknown[0]!r}")
