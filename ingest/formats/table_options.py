"""The ``options`` of a feed of format ``table``, checked before anything is read: what each contract takes from a file.

Every fault names the option by its path, so that ``sverka.yml`` can point at the line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.contract import Column, Contract, contracts
from ingest.formats.base import OptionFault
from ingest.formats.currencies import letters

FILE_OPTIONS = ("sheet", "header", "skip", "end", "totals")
SECTION_OPTIONS = ("where", "columns")
COLUMN_OPTIONS = (
    "column",
    "value",
    "id_of",
    "money_in",
    "money_out",
    "values",
    "format",
    "decimal_comma",
    "minor_units",
    "reversed",
    "negative_when",
    "where",
)
SOURCES = ("column", "value", "id_of", "money_in", "money_out")

_ONLY_FOR = {
    "format": ("date", "timestamp"),
    "id_of": ("text",),
    **dict.fromkeys(
        ("decimal_comma", "minor_units", "reversed", "negative_when", "money_in", "money_out"), ("amount",)
    ),
}
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES = "dmYyHMSfzIpbB%"

Path = tuple[str | int, ...]
Pattern = re.Pattern[str]


def fold(name: str) -> str:
    """Headers and words are compared without case and with single spaces."""
    return " ".join(name.split()).casefold()


@dataclass(frozen=True)
class Conditions:
    """True of a row when one of the alternatives is: each of its headers has a cell like one of its patterns."""

    alternatives: tuple[tuple[tuple[str, tuple[Pattern, ...]], ...], ...] = ()

    @property
    def headers(self) -> Iterator[str]:
        return (header for tests in self.alternatives for header, _ in tests)


@dataclass(frozen=True)
class Source:
    """Where a column of the contract comes from. ``headers`` are joined by a space unless they make an id.

    Rows that do not fulfil ``where`` have no value.
    """

    column: Column
    headers: tuple[str, ...] = ()
    value: str | None = None
    makes_id: bool = False
    money_in: str | None = None
    money_out: str | None = None
    values: Mapping[str, str] | None = None
    formats: tuple[str, ...] = ()
    decimal_comma: bool | None = None
    is_minor: bool = False
    is_reversed: bool = False
    negative_when: Conditions = Conditions()
    where: Conditions | None = None

    @property
    def needed(self) -> Iterator[str]:
        """Every header it names."""
        yield from self.headers
        yield from (header for header in (self.money_in, self.money_out) if header is not None)
        yield from self.negative_when.headers
        yield from self.where.headers if self.where else ()


@dataclass(frozen=True)
class Section:
    """One contract's rows: those that fulfil ``where`` (None: all)."""

    contract: str
    where: Conditions | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Total:
    """A row that states the sum of a column, or without one how many rows there are; ``cell`` is the count's column.

    It counts the rows that fulfil ``where`` (None: all).
    """

    row: Pattern
    name: str
    sums: str | None
    cell: str | None
    where: Conditions | None


@dataclass(frozen=True)
class Plan:
    """The options of a feed, checked."""

    sections: tuple[Section, ...]
    sheet: str | int | None = None
    has_header: bool = True
    skip: Conditions = Conditions()
    end: Pattern | None = None
    totals: tuple[Total, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header the options name, each once."""
        named = [header for section in self.sections for source in section.sources for header in source.needed]
        named += [header for section in self.sections if section.where for header in section.where.headers]
        named += self.skip.headers
        named += [header for total in self.totals for header in (total.sums, total.cell) if header is not None]
        named += [header for total in self.totals if total.where for header in total.where.headers]
        return tuple(dict.fromkeys(named))


def read_plan(wanted: tuple[str, ...], options: Mapping[str, object]) -> Plan:
    """The plan for the wanted contracts. Raises OptionFault."""
    for name in options:
        if name not in FILE_OPTIONS and name not in wanted:
            known = ", ".join((*FILE_OPTIONS, *wanted))
            raise OptionFault((name,), f"is none of the feed's contracts; a table knows {known}.")
    for name in wanted:
        if name not in options:
            raise OptionFault((), f"{name} has no section: write `{name}:` with its `columns`.")
    sheet, header = options.get("sheet"), options.get("header", True)
    if sheet is not None and not _is_name(sheet):
        raise OptionFault(("sheet",), f"must be the name of a sheet or its number from 1, not {sheet!r}.")
    if sheet == 0:
        raise OptionFault(("sheet",), "sheets are numbered from 1.")
    if not isinstance(header, bool):
        raise OptionFault(("header",), f"must be true or false, not {header!r}: the header is found by its names.")
    plan = Plan(
        sections=tuple(_section(name, options[name]) for name in wanted),
        sheet=sheet if isinstance(sheet, str | int) else None,
        has_header=header,
        skip=_conditions(("skip",), options["skip"]) if "skip" in options else Conditions(),
        end=_pattern(("end",), options["end"]) if "end" in options else None,
        totals=tuple(_totals(options.get("totals", []))),
    )
    positions = [name for name in plan.headers if not re.fullmatch(r"[1-9]\d{0,3}", name, re.ASCII)]
    if not header and positions:
        raise OptionFault(("header",), f"without a header columns are named by number from 1, not {positions[0]!r}.")
    return plan


# ---------- sections


def _section(name: str, content: object) -> Section:
    contract = contracts()[name]
    fields = _mapping((name,), content, SECTION_OPTIONS)
    if "columns" not in fields:
        raise OptionFault((name,), "needs `columns`: where each column of the contract comes from.")
    path = (name, "columns")
    mapped = _mapping(path, fields["columns"], (*contract.column_names, "source_system"))
    missing = [column.name for column in contract.columns if column.required and column.name not in mapped]
    if missing:
        raise OptionFault(path, f"{name} requires {', '.join(missing)}; say which column of the file, or which value.")
    where = _conditions((name, "where"), fields["where"]) if "where" in fields else None
    ordered = sorted(mapped, key=[*contract.column_names, "source_system"].index)
    return Section(
        name, where, tuple(_source((*path, item), _column(contract, item), mapped[item]) for item in ordered)
    )


def _column(contract: Contract, name: str) -> Column:
    if name == "source_system":
        return Column(name, "text", False, None, (), False, None, "")
    return contract.column(name)


def _source(path: Path, column: Column, content: object) -> Source:
    fields = content if isinstance(content, Mapping) else {"column": content}
    fields = _mapping(path, fields, COLUMN_OPTIONS)
    given = [name for name in SOURCES if name in fields]
    if not given or (len(given) > 1 and given != ["money_in", "money_out"]):
        raise OptionFault(path, "needs one of `column`, `value`, `id_of`, or `money_in` with `money_out`.")
    if given == ["money_in"] or given == ["money_out"]:
        raise OptionFault(path, "needs both `money_in` and `money_out`; for one column with a sign use `column`.")
    for name in fields:
        if column.type not in _ONLY_FOR.get(name, (column.type,)):
            raise OptionFault((*path, name), f"is not for {column.name}, which is of type {column.type}.")
    if "value" in fields and set(fields) - {"value", "where"}:
        raise OptionFault(path, "a `value` is written as it is; beside it only `where` makes sense.")
    flags = {name: _flag((*path, name), fields[name]) for name in ("minor_units", "reversed") if name in fields}
    comma = _flag((*path, "decimal_comma"), fields["decimal_comma"]) if "decimal_comma" in fields else None
    named = "id_of" if "id_of" in fields else "column"
    return Source(
        column=column,
        headers=_headers((*path, named), fields[named]) if named in fields else (),
        value=_value((*path, "value"), column, fields["value"]) if "value" in fields else None,
        makes_id=named == "id_of",
        money_in=_header((*path, "money_in"), fields["money_in"]) if "money_in" in fields else None,
        money_out=_header((*path, "money_out"), fields["money_out"]) if "money_out" in fields else None,
        values=_values((*path, "values"), column, fields["values"]) if "values" in fields else None,
        formats=_formats((*path, "format"), fields["format"]) if "format" in fields else (),
        decimal_comma=comma,
        is_minor=flags.get("minor_units", False),
        is_reversed=flags.get("reversed", False),
        negative_when=_conditions((*path, "negative_when"), fields["negative_when"])
        if "negative_when" in fields
        else Conditions(),
        where=_conditions((*path, "where"), fields["where"]) if "where" in fields else None,
    )


def _values(path: Path, column: Column, content: object) -> dict[str, str]:
    if not isinstance(content, Mapping) or not content:
        raise OptionFault(path, "must map the file's spellings to the contract's, such as `Оплачен: paid`.")
    found: dict[str, str] = {}
    for spelling, value in content.items():
        if not isinstance(spelling, str | int) or isinstance(spelling, bool):
            raise OptionFault(path, f"{spelling!r} is read by YAML as another thing than text: put it in quotes.")
        if fold(str(spelling)) in found:
            raise OptionFault(path, f"{spelling!r} is there twice (case and spaces do not count).")
        found[fold(str(spelling))] = _value((*path, str(spelling)), column, value) if value != "" else ""
    return found


def _value(path: Path, column: Column, value: object) -> str:
    if isinstance(value, bool) and column.type == "boolean":
        return "true" if value else "false"
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise OptionFault(path, f"must be text, not {value!r}; put it in quotes.")
    if column.values and str(value).lower() not in column.values:
        raise OptionFault(path, f"{value!r} is no {column.name}; use {', '.join(column.values)}.")
    if column.type == "currency" and letters(str(value)) is None:
        raise OptionFault(path, f"{value!r} is no currency; use letters such as RUB.")
    return str(value)


def _formats(path: Path, content: object) -> tuple[str, ...]:
    listed = content if isinstance(content, list) else [content]
    if not listed:
        raise OptionFault(path, "must name at least one format, such as '%d.%m.%Y'.")
    for item in listed:
        found = _DIRECTIVE.findall(item) if isinstance(item, str) else []
        unknown = [letter for letter in found if not letter or letter not in _DIRECTIVES]
        if unknown or "d" not in found or not {"m", "b", "B"} & set(found):
            raise OptionFault(path, f"{item!r} is no date format; write for example '%d.%m.%Y' or '%d.%m.%Y %H:%M:%S'.")
        if not {"y", "Y"} & set(found):
            raise OptionFault(path, f"{item!r} has no year (%Y): a year is never guessed.")
        try:
            datetime.strptime(datetime(2026, 11, 20, tzinfo=UTC).strftime(item), item)
        except (ValueError, re.error) as error:
            raise OptionFault(path, f"{item!r} is no date format: {error}.") from error
    return tuple(listed)


# ---------- conditions and totals


def _conditions(path: Path, content: object) -> Conditions:
    listed = content if isinstance(content, list) else [content]
    if not listed:
        raise OptionFault(path, "must name at least one column with its words.")
    alternatives = []
    for item in listed:
        if not isinstance(item, Mapping) or not item:
            raise OptionFault(path, "must be written as `Column: word` or `Column: [word, other word]`.")
        tests = []
        for header, words in item.items():
            listed_words = words if isinstance(words, list) else [words]
            if not listed_words:
                raise OptionFault(path, f"{header!r} has no word to compare with.")
            tests.append((_header(path, header), tuple(_pattern(path, word) for word in listed_words)))
        alternatives.append(tuple(tests))
    return Conditions(tuple(alternatives))


def _totals(content: object) -> Iterator[Total]:
    if not isinstance(content, list):
        raise OptionFault(("totals",), "must be a list such as `- {row: 'Итого*', sum: Сумма}`.")
    for number, item in enumerate(content):
        path = ("totals", number)
        fields = _mapping(path, item, ("row", "sum", "count", "where"))
        if "row" not in fields or ("sum" in fields) == ("count" in fields):
            raise OptionFault(path, "needs `row` (how the row begins) and either `sum: Column` or `count: true`.")
        count = fields.get("count")
        yield Total(
            row=_pattern((*path, "row"), fields["row"]),
            name=str(fields["row"]),
            sums=_header((*path, "sum"), fields["sum"]) if "sum" in fields else None,
            cell=_header((*path, "count"), count) if "count" in fields and count is not True else None,
            where=_conditions((*path, "where"), fields["where"]) if "where" in fields else None,
        )


def _pattern(path: Path, word: object) -> Pattern:
    if isinstance(word, bool) or not isinstance(word, str | int):
        raise OptionFault(path, f"{word!r} is read by YAML as another thing than text: put it in quotes.")
    parts = [re.escape(part) for part in fold(str(word)).split("*")]
    return re.compile(".*".join(parts), re.DOTALL)


# ---------- shapes


def _mapping(path: Path, content: object, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(content, Mapping) or not content:
        raise OptionFault(path, f"must be written as `key: value` lines; it knows {', '.join(known)}.")
    for name in content:
        if name not in known:
            raise OptionFault((*path, str(name)), f"is unknown; use {', '.join(known)}.")
    return content


def _headers(path: Path, content: object) -> tuple[str, ...]:
    listed = content if isinstance(content, list) else [content]
    if not listed:
        raise OptionFault(path, "must name at least one column of the file.")
    return tuple(_header(path, item) for item in listed)


def _header(path: Path, name: object) -> str:
    if not _is_name(name):
        raise OptionFault(path, f"must name a column of the file, not {name!r}.")
    return fold(str(name))


def _is_name(name: object) -> bool:
    return isinstance(name, str | int) and not isinstance(name, bool) and bool(str(name).strip())


def _flag(path: Path, value: object) -> bool:
    if not isinstance(value, bool):
        raise OptionFault(path, f"must be true or false, not {value!r}.")
    return value
