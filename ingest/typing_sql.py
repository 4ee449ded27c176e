"""One SQL path from canonical text to typed columns and the first fault of each row (contracts.md, Canonical files).

A file is read at up to three depths, each only when the one before left rows it could not vouch for: ``fast`` knows the
forms that healthy files have, ``exact`` knows every form the contract allows, ``reasons`` also says what is wrong,
column by column in the contract's order. Planning a depth costs more than reading a small file at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import duckdb

from ingest.contract import Column, Contract
from ingest.formats.currencies import LETTERS
from ingest.sql import identifier, literal, literals

CURRENCIES = tuple(sorted(set(LETTERS.values())))

ROW_NUMBER = "_row_number"
REJECT_COLUMN, REJECT_VALUE, REJECT_REASON = "_reject_column", "_reject_value", "_reject_reason"
NUMBERED_COLUMNS = (ROW_NUMBER, REJECT_COLUMN, REJECT_VALUE, REJECT_REASON)
"""What a relation carries before its values when its rows are numbered, and some refused, by the reader itself."""

_WHITE = " \t\r\n\u00a0\u2009\u202f\u200b\ufeff"
_CLEAN = "[0-9A-Za-z](?:[ -~]*[!-~])?"
_PUNCTUATION = r"[!-/:-@\[-`{-~\s\x{a0}-\x{bf}\x{2000}-\x{206f}\x{2212}\x{3000}-\x{303f}\x{feff}]*"
_THOUSANDS = "\u00a0\u2007\u2009\u202f"

_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
_OFFSET = r"(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)"
_MIDNIGHT = r"(?:[T ]00:00(?::00(?:\.0{1,9})?)?)?"
_FAST_DATE = r"(?:19|20)\d\d-\d\d-\d\d"
_FAST_TIMESTAMP = rf"{_FAST_DATE}[T ]{_TIME}{_OFFSET}"


@dataclass(frozen=True)
class Reading:
    """How the text of a file reads: the zone of times without offset, and which decimal separators it may use."""

    timezone: str
    decimal_comma: bool = False
    decimal_dot: bool = True


@dataclass(frozen=True)
class TextRelation:
    """Text columns as SQL.

    ``relation`` stands after ``from``; ``columns`` gives the SQL expression of each column by its header name (trimmed,
    lower case). ``is_numbered``: the relation has NUMBERED_COLUMNS; otherwise a row's number is its position.
    ``is_plain``: no value holds white space other than spaces inside or around it, nor anything but ASCII.
    """

    relation: str
    columns: Mapping[str, str]
    is_numbered: bool = False
    decimal_dot: bool = False
    is_plain: bool = False


Depth = Literal["fast", "exact", "reasons"]
DEPTHS: tuple[Depth, ...] = ("fast", "exact", "reasons")

_SUSPECTED = "{'column_name': null::varchar, 'value': null::varchar, 'reason': null::varchar}"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what ``typed_select`` refers to: the type of currency codes, too long to be planned anew for each file."""
    connection.execute(f"create type currency_code as enum ({literals(CURRENCIES)})").fetchall()


def typed_select(
    contract: Contract, text: TextRelation, reading: Reading, source_system: str, depth: Depth = "reasons"
) -> str:
    """The select of a file's typed columns, ``source_system`` and ``_fault``, in the order of its rows.

    ``_fault`` is NULL or a struct (column_name, value, reason): the row's first fault in column order. At the other
    depths it is an empty struct on every row that the depth cannot vouch for; when no row has one, the columns are
    those of every depth. Numbered relations also give ``_row_number``. The connection must be prepared.
    """
    is_fast = depth == "fast"
    columns = [
        _TypedColumn(column, text.columns.get(column.name), reading, is_fast, text.is_plain)
        for column in contract.columns
    ]
    raw = {item.raw for item in columns if item.is_present}
    numbered = [identifier(name) for name in NUMBERED_COLUMNS] if text.is_numbered else []
    own_system = text.columns.get("source_system")
    system = f"coalesce({_clean_text(own_system)}, {literal(source_system)})" if own_system else literal(source_system)
    inner = [
        *numbered,
        *sorted(raw),
        *(f"{item.typed} as {item.value}" for item in columns),
        f"{system} as source_system",
    ]
    suspicions = [f"{identifier(REJECT_REASON)} is not null"] if text.is_numbered else []
    suspicions += [item.suspicion for item in columns if item.can_fail]
    suspicion = " or ".join(suspicions) or "false"
    fault = _SUSPECTED
    if depth == "reasons":
        faults = [_reader_fault()] if text.is_numbered else []
        faults += [item.fault for item in columns if item.can_fail]
        fault = f"coalesce({', '.join(faults) or 'null'}, null)"
    outer = [*(f"{item.filled} as {identifier(item.column.name)}" for item in columns), "source_system"]
    outer += [f"case when {suspicion} then {fault} end as _fault"]
    outer += [f"{identifier(ROW_NUMBER)}::bigint as {ROW_NUMBER}"] if text.is_numbered else []
    return f"select {', '.join(outer)} from (select {', '.join(inner)} from {text.relation})"


class _TypedColumn:
    """The SQL expressions of one column; ``raw`` is its text, ``value`` the name of its typed value."""

    def __init__(
        self, column: Column, raw: str | None, reading: Reading, is_fast: bool = False, is_plain: bool = False
    ) -> None:
        self.column = column
        self.is_fast = is_fast
        self.is_plain = is_plain
        self.is_present = raw is not None
        self.raw = raw or "null::varchar"
        self.value = identifier(f"typed:{column.name}")
        self.trimmed = _trimmed(self.raw)
        self.reading = reading

    @property
    def typed(self) -> str:
        """The value, NULL when there is none or it is faulty."""
        if not self.is_present:
            return f"null::{self.column.sql_type}"
        return {
            "text": self._text,
            "amount": self._amount,
            "integer": self._integer,
            "boolean": self._boolean,
            "date": self._date,
            "timestamp": self._timestamp,
            "enum": self._enum,
            "currency": self._currency,
        }[self.column.type]()

    @property
    def filled(self) -> str:
        """The value with the contract's default."""
        if self.column.default is None:
            return self.value
        return f"coalesce({self.value}, {literal(self.column.default)}::{self.column.sql_type})"

    @property
    def can_fail(self) -> bool:
        """Whether the column can make a row faulty."""
        if self.column.required or self.column.required_when:
            return True
        return self.is_present and (self.is_fast or self.column.type != "text")

    @property
    def suspicion(self) -> str:
        """A cheap test that is true of every faulty value."""
        if self.column.required:
            return f"{self.value} is null"
        tests = [self._must_be_there] if self.column.required_when else []
        if self.is_present and (self.is_fast or self.column.type != "text"):
            tests.append(f"{self.raw} is not null")
        return f"({self.value} is null and ({' or '.join(tests)}))"

    @property
    def fault(self) -> str:
        """The struct of the column's fault, or NULL."""
        missing = f"when {self._must_be_there} then 'missing_required' " if self._must_be_there else ""
        if self.column.type == "text":
            cases = missing
        else:
            cases = (f"when {self.trimmed} is null then case {missing}end " if missing else "") + self._reasons
        reason = f"case {cases}end"
        value = self.trimmed if self.is_present else "null::varchar"
        struct = f"{{'column_name': {literal(self.column.name)}, 'value': {value}, 'reason': {reason}}}"
        return f"case when {self.value} is null and {reason} is not null then {struct} end"

    @property
    def _must_be_there(self) -> str:
        if self.column.required:
            return "true"
        conditions = [
            f"{identifier(f'typed:{name}')} in ({literals(values)})"
            for name, values in (self.column.required_when or {}).items()
        ]
        return " and ".join(conditions)

    @property
    def _reasons(self) -> str:
        present = f"when {self.trimmed} is not null then "
        if self.column.type == "amount":
            return (
                f"when not regexp_full_match({self._number}, {literal(self._decimal_pattern)}) then 'bad_decimal' "
                f"when length({_decimals(self._pointed)}) > 4 then 'too_many_decimals' {present}'out_of_range' "
            )
        if self.column.type == "integer":
            return f"when not regexp_full_match({self._number}, '-?\\d+') then 'bad_integer' {present}'out_of_range' "
        reason = {"enum": "unknown_enum_value", "currency": "unknown_currency"}.get(
            self.column.type, f"bad_{self.column.type}"
        )
        return f"{present}{literal(reason)} "

    # ---------- types

    def _text(self) -> str:
        if not self.is_fast or self.column.is_free_text:
            return _clean_text(self.raw, is_reference=self.column.is_reference)
        if self.is_plain:
            return f"case when {_starts_clean(self.raw)} and {self.raw} not like '% ' then {self.raw} end"
        return f"case when regexp_full_match({self.raw}, '{_CLEAN}') then {self.raw} end"

    @property
    def _number(self) -> str:
        """The trimmed text without thousands separators."""
        return f"translate({self.trimmed}, '{_THOUSANDS}', '')"

    @property
    def _decimal_pattern(self) -> str:
        if not self.reading.decimal_comma:
            return r"-?\d+(?:\.\d+)?"
        return r"-?\d+(?:[.,]\d+)?" if self.reading.decimal_dot else r"-?\d+(?:,\d+)?"

    @property
    def _pointed(self) -> str:
        return f"replace({self._number}, ',', '.')" if self.reading.decimal_comma else self._number

    def _amount(self) -> str:
        sign = "-?" if self.column.signed else ""
        dot_alone = not self.reading.decimal_comma or self.reading.decimal_dot
        fast = rf"{sign}\d{{1,15}}(?:\.\d{{1,4}})?" if dot_alone else rf"{sign}\d{{1,15}}"
        if self.is_fast:
            return f"case when regexp_full_match({self.raw}, {literal(fast)}) then {self.raw}::decimal(19,4) end"
        short = rf"regexp_replace(regexp_replace({self._pointed}, '^(-?)0+(\d)', '\1\2'), '(\.\d{{4}})0+$', '\1')"
        exact = f"try_cast({short} as decimal(19,4))"
        in_range = exact if self.column.signed else f"case when {exact} >= 0 then {exact} end"
        is_exact = (
            f"regexp_full_match({self._number}, {literal(self._decimal_pattern)}) "
            f"and length({_decimals(self._pointed)}) <= 4"
        )
        return (
            f"case when {self.raw} is null then null "
            f"when regexp_full_match({self.raw}, {literal(fast)}) then {self.raw}::decimal(19,4) "
            f"when {is_exact} then {in_range} end"
        )

    def _integer(self) -> str:
        return (
            f"case when regexp_full_match({self.raw}, '-?\\d{{1,18}}') then {self.raw}::bigint "
            f"when regexp_full_match({self._number}, '-?\\d+') then try_cast({self._number} as bigint) end"
        )

    def _boolean(self) -> str:
        if self.is_fast:
            return f"case when {self.raw} = 'true' then true when {self.raw} = 'false' then false end"
        lower = f"lower({self.trimmed})"
        yes, no = "'true', '1', 'yes', 'y'", "'false', '0', 'no', 'n'"
        return (
            f"case when {self.raw} = 'true' then true when {self.raw} = 'false' then false "
            f"when {lower} in ({yes}) then true when {lower} in ({no}) then false end"
        )

    def _date(self) -> str:
        fast = f"case when regexp_full_match({self.raw}, '{_FAST_DATE}') then try_cast({self.raw} as date) "
        if self.is_fast:
            return f"{fast}end"
        return (
            f"{fast}"
            f"when regexp_full_match({self.trimmed}, '{_DATE}{_MIDNIGHT}') and {self.trimmed} >= '0001' "
            f"then try_cast(left({self.trimmed}, 10) as date) end"
        )

    def _timestamp(self) -> str:
        with_offset = f"regexp_full_match({self.trimmed}, '{_DATE}[T ]{_TIME}{_OFFSET}')"
        naive = f"regexp_full_match({self.trimmed}, '{_DATE}(?:[T ]{_TIME})?')"
        zone = literal(self.reading.timezone)

        def naive_utc(text: str) -> str:
            return f"timezone('UTC', timezone({zone}, try_cast({text} as timestamp)))"

        fast = (
            f"case when regexp_full_match({self.raw}, '{_FAST_TIMESTAMP}') then {_utc(self.raw)} "
            f"when regexp_full_match({self.raw}, '{_FAST_DATE}[T ]{_TIME}') then {naive_utc(self.raw)} "
        )
        if self.is_fast:
            return f"{fast}end"
        slow = f"case when {with_offset} then {_utc(self.trimmed)} when {naive} then {naive_utc(self.trimmed)} end"
        in_range = "between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'"
        return f"{fast}when {slow} {in_range} then {slow} end"

    def _enum(self) -> str:
        equal = " or ".join(f"{self.raw} = {literal(word)}" for word in self.column.values)
        return self._word(equal, f"enum({literals(self.column.values)})", "lower")

    def _currency(self) -> str:
        return self._word(f"try_cast({self.raw} as currency_code) is not null", "currency_code", "upper")

    def _word(self, is_word: str, kind: str, fold: str) -> str:
        """One of the words in its case. Not by ``in``: DuckDB turns long lists into a join that folds every row."""
        other = "" if self.is_fast else f"else try_cast({fold}({self.trimmed}) as {kind})::varchar "
        return f"case when {is_word} then {self.raw} {other}end"


def _clean_text(raw: str, is_reference: bool = False) -> str:
    trimmed = _trimmed(raw)
    if is_reference:
        trimmed = f"case when not regexp_full_match({trimmed}, '{_PUNCTUATION}') then {trimmed} end"
    return f"case when regexp_full_match({raw}, '{_CLEAN}') then {raw} else {trimmed} end"


def _starts_clean(raw: str) -> str:
    """Whether the text starts with an ASCII letter or digit, by comparisons that look at the first bytes alone."""
    ranges = (f"({raw} >= '{first}' and {raw} < '{after}')" for first, after in (("0", ":"), ("A", "["), ("a", "{")))
    return f"({' or '.join(ranges)})"


def _trimmed(raw: str) -> str:
    """Slow, so only for values that failed a fast test: ``trim`` builds its set of characters anew for each row."""
    return f"nullif(trim({raw}, {literal(_WHITE)}), '')"


def _utc(text: str) -> str:
    """UTC timestamp of a text with offset. Through the epoch: the zone functions cost twice the parsing."""
    return f"make_timestamp(epoch_us(try_cast({text} as timestamptz)))"


def _decimals(number: str) -> str:
    """The significant decimals of a number's text."""
    return f"rtrim(regexp_extract({number}, '\\.(\\d+)$', 1), '0')"


def _reader_fault() -> str:
    column, value, reason = (identifier(name) for name in (REJECT_COLUMN, REJECT_VALUE, REJECT_REASON))
    struct = f"{{'column_name': {column}, 'value': {value}, 'reason': {reason}}}"
    return f"case when {reason} is not null then {struct} end"
