"""What the parsers of native formats share: rows, rejects, refusals, exact numbers and times.

A parser is stateless: bytes in, rows out. It yields ``Row`` and ``Reject`` and raises nothing but ``FileRefused``,
which may come at any point of the iteration: what was yielded before is then void. Every record of the file that
belongs to a wanted contract ends as rows or as one reject, so that rows_read = rows_loaded + rows_rejected.

Values are canonical text (contracts.md, Canonical files): decimal dot, major units, ISO 8601 times (with an offset
where the format knows its zone, else naive: the feed's zone applies), the contract's enum words. They then pass the
same typing and quarantine as any canonical file, so a parser checks only what it computes with.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any, BinaryIO

from ingest.formats.currencies import letters
from ingest.formats.mixed_text import MixedText

Values = dict[str, str | None]


@dataclass(frozen=True)
class Row:
    """One row of a contract. A contract column that is not in ``values`` is NULL.

    ``row_number`` counts the rows and rejects of the row's contract in the file, from 1; it is the position of the
    record in the file unless a record before it gave several rows of that contract.
    """

    contract: str
    row_number: int
    values: Values


@dataclass(frozen=True)
class Reject:
    """A record that cannot be a row; ``reason`` is one of the row reasons of contracts.md."""

    contract: str
    row_number: int
    column: str
    value: str | None
    reason: str


class FileRefused(Exception):
    """Nothing of the file loads. ``reason`` is one of the file reasons of contracts.md; ``message`` says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Fault(Exception):
    """Inside a parser: the record at hand becomes a reject."""

    def __init__(self, column: str, value: object, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.value = None if value is None else str(value)
        self.reason = reason


class OptionFault(Exception):
    """A feed's setting is wrong; ``path`` leads to it ``under`` a key of the feed, ``message`` says what to write."""

    def __init__(self, path: tuple[str | int, ...], message: str, under: str = "options") -> None:
        super().__init__(f"{'.'.join((under, *map(str, path)))}: {message}")
        self.path = path


@dataclass(frozen=True)
class FormatOptions:
    """What a parser is told besides the bytes.

    ``contracts``: the wanted contracts, empty for the format's DEFAULT_CONTRACTS. ``encoding``: as the feed declares
    it, None when it does not. ``options``: the feed's own ``options`` from sverka.yml.
    """

    file_name: str
    timezone: str = "UTC"
    encoding: str | None = None
    contracts: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    decimal_comma: bool = False

    def wanted(self, default: tuple[str, ...]) -> tuple[str, ...]:
        """The contracts to yield."""
        return self.contracts or default

    def currency(self) -> str | None:
        """The currency that the feed's ``options`` declare, as letters. Refuses one that does not exist."""
        declared = self.options.get("currency")
        known = letters(str(declared)) if declared is not None else None
        if declared is not None and known is None:
            raise FileRefused(
                "unparsable",
                f"{self.file_name}: the feed's option currency: {declared!r} in sverka.yml is no currency.",
            )
        return known

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str | None:
        """A word that the feed's ``options`` declare, of those allowed. Refuses any other."""
        declared = self.options.get(key, default)
        if declared is not None and declared not in allowed:
            raise FileRefused(
                "unparsable",
                f"{self.file_name}: the feed's option {key}: {declared!r} in sverka.yml must be "
                f"one of {', '.join(allowed)}.",
            )
        return declared if declared is None else str(declared)


Outcome = tuple[str, Values | Fault]


def numbered(outcomes: Iterable[Outcome]) -> Iterator[Row | Reject]:
    """Rows and rejects from (contract, values or fault), numbered within each contract from 1."""
    counts: dict[str, int] = {}
    for contract, outcome in outcomes:
        number = counts[contract] = counts.get(contract, 0) + 1
        if isinstance(outcome, Fault):
            yield Reject(contract, number, outcome.column, outcome.value, outcome.reason)
        else:
            yield Row(contract, number, outcome)


def attempted(build: Callable[..., Values], *arguments: Any) -> Values | Fault:
    """What ``build`` makes of a record, or the fault that makes it a reject."""
    try:
        return build(*arguments)
    except Fault as fault:
        return fault


LARGEST_DOCUMENT = 1 << 25
"""Bytes of what is read whole: a file of a format that does not stream, or one document of it."""


def too_large(file_name: str) -> FileRefused:
    """The refusal of a document beyond LARGEST_DOCUMENT."""
    return FileRefused(
        "unparsable",
        f"{file_name} is too large to be read at once: more than {LARGEST_DOCUMENT >> 20} MiB. Deliver it in smaller "
        "files: the pages of an answer, statements of shorter periods.",
    )


def read_text(stream: BinaryIO, options: FormatOptions, encodings: tuple[str, ...]) -> str:
    """The whole file as text by the first of ``encodings`` that decodes it strictly; a byte order mark is dropped.

    An encoding that the feed declares and that is none of these is the only one tried.
    Refuses ``empty_without_header`` (nothing but white space), ``undecodable``, and ``unparsable`` what is too large.
    """
    data = stream.read(LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        raise too_large(options.file_name)
    if not data.strip():
        raise FileRefused("empty_without_header", f"{options.file_name} is empty. Ask the sending system for it again.")
    declared = (options.encoding or "").lower().replace("_", "-")
    tried = encodings if declared in {"", "utf8", "utf-8", "utf-8-sig", *encodings} else (declared,)
    for encoding in tried:
        try:
            content = data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        except LookupError as error:
            raise FileRefused(
                "undecodable",
                f"{options.file_name}: unknown encoding {declared!r}. Correct the feed's `encoding` in sverka.yml.",
            ) from error
        if not encoding.startswith("utf") and MixedText().is_seen(data):
            raise mixed_text(options.file_name)
        return content
    raise FileRefused(
        "undecodable",
        f"{options.file_name} is not {' or '.join(tried)}. Declare its `encoding` with the feed in sverka.yml.",
    )


def mixed_text(file_name: str) -> FileRefused:
    """The refusal of a file in two encodings, or in another than it declares."""
    return FileRefused(
        "undecodable",
        f"{file_name} has UTF-8 within another encoding, or declares one that it does not have. Ask the sending system "
        "for it in one encoding, or declare the feed's `encoding` in sverka.yml.",
    )


def text(value: object) -> str | None:
    """A trimmed text value, None when empty or not a text or number."""
    if not isinstance(value, str):
        return None
    return value.strip() or None


def required(column: str, value: str | None) -> str:
    """The value, or a ``missing_required`` fault."""
    if value is None:
        raise Fault(column, None, "missing_required")
    return value


# ---------- amounts

EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow])
"""Arithmetic that raises rather than rounds."""

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{0,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_LARGEST_EXPONENT = 20


def decimal(column: str, value: object) -> Decimal:
    """An exact decimal from a JSON number's text or a text with a decimal dot.

    Faults: ``missing_required`` (nothing there), ``bad_decimal`` (not a number: NaN, Infinity, comma, spaces, letters),
    ``out_of_range`` (beyond any sum of money, 1e400), ``too_many_decimals`` (1e-400).
    """
    trimmed = value.strip() if isinstance(value, str) else value
    if trimmed is None or trimmed == "":
        raise Fault(column, None, "missing_required")
    if not isinstance(trimmed, str) or not _NUMBER.fullmatch(trimmed):
        raise Fault(column, value if isinstance(value, str | bool) else type(value).__name__, "bad_decimal")
    number = Decimal(trimmed)
    if not number:
        return Decimal(0)
    exponent = number.adjusted()
    if exponent > _LARGEST_EXPONENT:
        raise Fault(column, value, "out_of_range")
    if exponent < -_LARGEST_EXPONENT:
        raise Fault(column, value, "too_many_decimals")
    return number


def plain(number: Decimal) -> str:
    """The canonical text of a decimal: no exponent, no sign on zero, no trailing zeros after the second decimal."""
    whole, point, fraction = (format(number, "f") if number else "0").partition(".")
    return whole + point + fraction[:2] + fraction[2:].rstrip("0")


def major(column: str, minor: object, exponent: int) -> Decimal:
    """Major units of a number given in minor units; ``exponent`` is the currency's number of decimals."""
    return decimal(column, minor).scaleb(-exponent, EXACT)


def whole_minor(column: str, minor: object, exponent: int) -> Decimal:
    """As ``major``, for systems whose minor units are integers: a fraction is no such number, it is ``bad_decimal``."""
    number = decimal(column, minor)
    if number != number.to_integral_value():
        raise Fault(column, minor, "bad_decimal")
    return number.scaleb(-exponent, EXACT)


# ---------- times

_EARLIEST = 946_684_800_000
_LATEST = 4_102_444_800_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"\d{1,20}", re.ASCII)
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)?\s?(Z|[+-]\d\d:?\d\d|[+-]\d\d)?", re.ASCII | re.IGNORECASE
)
_DMY = re.compile(r"(\d\d)\.(\d\d)\.(\d{4})", re.ASCII)
_DMY_TIME = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d(:\d\d)?)", re.ASCII)


def epoch_time(column: str, value: str) -> str:
    """ISO UTC time of epoch milliseconds between 2000 and 2100, else a ``bad_timestamp`` fault."""
    if not _DIGITS.fullmatch(value) or not _EARLIEST <= int(value) < _LATEST:
        raise Fault(column, value, "bad_timestamp")
    moment = _EPOCH + timedelta(milliseconds=int(value))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_seconds(column: str, value: str) -> str:
    """ISO UTC time of epoch seconds between 2000 and 2100; milliseconds are no such time: ``bad_timestamp``."""
    if not _DIGITS.fullmatch(value):
        raise Fault(column, value, "bad_timestamp")
    return epoch_time(column, value + "000").replace(".000Z", "Z")


def iso_time(column: str, value: object, offset: str = "") -> str:
    """A checked ISO time; one without an offset gets ``offset``. Faults: ``missing_required``, ``bad_timestamp``."""
    moment = required(column, text(value))
    if not _ISO.fullmatch(moment):
        raise Fault(column, moment, "bad_timestamp")
    normal = moment.replace(",", ".").replace(" ", "T", 1) if len(moment) > 10 and moment[10] == " " else moment
    try:
        parsed = datetime.fromisoformat(normal.upper())
    except ValueError as error:
        raise Fault(column, moment, "bad_timestamp") from error
    return normal if parsed.tzinfo or not offset else normal + ("" if len(normal) > 10 else "T00:00:00") + offset


def dotted_date(column: str, value: str | None) -> date:
    """A date written ``dd.mm.yyyy``. Faults: ``missing_required``, ``bad_date`` (30 February among them)."""
    match = _DMY.fullmatch(required(column, value))
    try:
        if match is None:
            raise ValueError(value)
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError as error:
        raise Fault(column, value, "bad_date") from error


def dotted_time(column: str, value: object, offset: str = "") -> str:
    """ISO time of ``dd.mm.yyyy hh:mm[:ss]``, with ``offset``. Faults: ``missing_required``, ``bad_timestamp``."""
    moment = required(column, text(value))
    match = _DMY_TIME.fullmatch(moment)
    if match is None:
        raise Fault(column, moment, "bad_timestamp")
    iso = f"{match[3]}-{match[2]}-{match[1]}T{match[4]}{offset}"
    try:
        datetime.fromisoformat(iso)
    except ValueError as error:
        raise Fault(column, moment, "bad_timestamp") from error
    return iso
