"""How a value is taken out of a 1C record: references, empty values, additional properties, what else the file tells.

- A zero GUID, ``0001-01-01T00:00:00``, blank text and the type ``StandardODATA.Undefined`` are empty.
- A reference is plain (``X_Key``) or composite (``X`` with ``X_Type``), by the configuration; either may be expanded.
- Numbers keep the text they were written in.
"""

from collections.abc import Iterator, Mapping

from ingest.formats.base import text
from ingest.formats.onec.answers import Answer, Record
from ingest.formats.onec.mapping import Configuration, Source

NOTHING = "00000000-0000-0000-0000-000000000000"
NO_DATE = "0001-01-01T00:00:00"
PREFIX = "StandardODATA."
PROPERTY_NAMES = ("Имя", "ИдентификаторДляФормул", "Description", "Заголовок")
"""Where the definition of an additional property has its name."""


class Reader:
    """Reads the records of one file. ``answers`` are those that explain references."""

    def __init__(self, configuration: Configuration, answers: list[Answer], names: Mapping[str, str]) -> None:
        self._configuration = configuration
        self._names = names
        self._objects: dict[str, Record] = {}
        self._told: dict[tuple[str, str], list[Record]] = {}
        for answer in answers:
            key = configuration.registers.get(answer.entity)
            for record in answer.records:
                if key:
                    about = self._plain(record, key)
                    if about:
                        self._told.setdefault((answer.entity, about), []).append(record)
                elif about := text(record.get("Ref_Key")):
                    self._objects[about] = record

    def first(self, record: Record, sources: tuple[Source, ...]) -> str | None:
        """The value of the first source that tells something."""
        return next((value for source in sources if (value := self.value(record, source)) is not None), None)

    def is_true(self, record: Record, sources: tuple[Source, ...]) -> bool:
        """Whether one of the sources says true."""
        return any(self.value(record, source) == "true" for source in sources)

    def value(self, record: Record, source: Source) -> str | None:
        """The source's value as text, None when it tells nothing. Booleans are ``true`` and ``false``."""
        if source.condition is not None and self.value(record, source.condition) != "true":
            return None
        if source.constant is not None:
            return source.constant
        if source.property is not None:
            return self._property(record, source.property)
        if source.table is not None:
            found = {self._along(row, source) for row in rows_of(record, source.table)} - {None}
            return found.pop() if len(found) == 1 else None
        value = self._along(record, source)
        if source.is_contrary:
            return {"true": "false", "false": "true"}.get(value or "")
        return value

    def object_of(self, record: Record, key: str) -> Record | None:
        """What the field refers to, when it was expanded or stands in the file."""
        expanded = record.get(key)
        if isinstance(expanded, dict):
            return expanded
        reference = self._plain(record, key)
        return self._objects.get(reference) if reference else None

    # ---------- ways

    def _along(self, record: Record, source: Source) -> str | None:
        here: Record | None = record
        for key in source.path[:-1]:
            if here is None:
                return None
            here = self._register(here, key) if key in self._configuration.registers else self.object_of(here, key)
        return None if here is None else self._plain(here, source.path[-1], source.types)

    def _register(self, record: Record, register: str) -> Record | None:
        """The register's last record about this one."""
        told = self._told.get((register, text(record.get("Ref_Key")) or ""))
        return told[-1] if told else None

    def _plain(self, record: Record, key: str, types: frozenset[str] = frozenset()) -> str | None:
        """A value, or the id of what is referred to."""
        stated = record.get(f"{key}_Type")
        kind = stated.removeprefix(PREFIX) if isinstance(stated, str) else None
        if kind == "Undefined" or (types and kind not in types):
            return None
        value = record.get(f"{key}_Key", record.get(key))
        if isinstance(value, dict):
            value = value.get("Ref_Key")
        if isinstance(value, bool):
            return "true" if value else "false"
        told = text(value)
        return None if told in (NOTHING, NO_DATE) else told

    # ---------- additional properties

    def _property(self, record: Record, name: str) -> str | None:
        for row in self._properties(record):
            if any(told == name or told.startswith(f"{name}_") for told in self._property_names(row)):
                value = self._property_value(row)
                if value is not None:
                    return value
        return None

    def _properties(self, record: Record) -> Iterator[Record]:
        for table in self._configuration.properties:
            yield from rows_of(record, table)
            yield from self._told.get((table, text(record.get("Ref_Key")) or ""), [])

    def _property_names(self, row: Record) -> Iterator[str]:
        key = self._plain(row, "Свойство")
        if key:
            yield self._names.get(key, key)
        definition = self.object_of(row, "Свойство")
        if definition:
            yield from (told for field in PROPERTY_NAMES if (told := text(definition.get(field))))

    def _property_value(self, row: Record) -> str | None:
        """A plain value, or the name of the value that is referred to; a reference without a name tells nothing."""
        stated = text(row.get("Значение_Type")) or ""
        value = self._plain(row, "Значение")
        if not stated.startswith(PREFIX) and not isinstance(row.get("Значение"), dict):
            return value or text(row.get("ТекстоваяСтрока"))
        meant = self.object_of(row, "Значение")
        return self._names.get(value or "") or (text(meant.get("Description")) if meant else None)


def rows_of(record: Record, table: str) -> list[Record]:
    """The rows of a table part; none when it is not there."""
    rows = record.get(table)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
