"""The block structure of 1CClientBankExchange: header, account sections, documents, КонецФайла.

Only the structure: what the fields mean is in ``client_bank_exchange``.
"""

import re
from collections.abc import Iterable, Iterator

from ingest.formats.base import FileRefused

Fields = dict[str, str]

VERSIONS = ("1.01", "1.02", "1.03")
DIALECTS = {
    "4": "an account statement of the client-bank of Alfa-Bank Belarus (Type=4)",
    "400": "an account statement of the client-bank of Priorbank, Belarus (Type=400)",
}
HEADER, SECTION, DOCUMENT = "", "СекцияРасчСчет", "СекцияДокумент"
LARGEST_BLOCK = 1 << 20
"""Characters of one document; more is no document."""

_FIRST_LINE = "1CClientBankExchange"
_ENDS = {SECTION: "КонецРасчСчет", DOCUMENT: "КонецДокумента"}
_WORDS = ("ВерсияФормата", "Кодировка", "РасчСчет", "КонецФайла")


def check_beginning(rows: Iterable[str], file_name: str) -> None:
    """Refuse what is another format, or holds no word of this one in the encoding it was read in."""
    filled = (row for row in rows if row.strip())
    first = next(filled, "")
    if first.strip() != _FIRST_LINE:
        raise FileRefused("unparsable", f"{file_name} {_what_it_is(first)}")
    is_ascii = True
    for row in filled:
        if any(word in row for word in _WORDS):
            return
        is_ascii = is_ascii and row.isascii()
    if not is_ascii:
        raise FileRefused(
            "undecodable",
            f"{file_name} is neither UTF-8 nor cp1251: none of the words of the format is in it. "
            "Declare its encoding with the feed in sverka.yml, for example `encoding: cp866`.",
        )


def read_blocks(rows: Iterable[str], file_name: str) -> Iterator[tuple[str, Fields]]:
    """The kind and the fields of each section and document when it is whole; of the header, each line by itself.

    ``rows`` have passed ``check_beginning``. Refuses what is not a whole file, with the line number.
    """
    kind, block = HEADER, dict[str, str]()
    last_key, size, number = "", 0, 0
    is_begun = is_finished = False
    for number, row in enumerate(rows, start=1):
        key, equals, value = (part.strip() for part in row.partition("="))
        if not key and not equals:
            continue
        if not is_begun:
            is_begun = True
            continue
        where = f"{file_name}, line {number}"
        size += len(row)
        if is_finished:
            raise FileRefused("unparsable", f"{where}: text after КонецФайла. Send several statements apart.")
        if key in _ENDS:
            if kind != HEADER:
                raise FileRefused("unparsable", f"{where}: {key} begins before {_ENDS[kind]}: the file is damaged.")
            kind, block, last_key, size = key, {}, "", 0
        elif key in _ENDS.values():
            if key != _ENDS.get(kind):
                raise FileRefused("unparsable", f"{where}: {key} without its beginning: the file is damaged.")
            yield kind, block
            kind = HEADER
        elif key == "КонецФайла" and kind == HEADER:
            is_finished = True
        elif kind == HEADER and equals:
            _check_version(key, value, where)
            yield HEADER, {key: value}
        elif equals:
            if block.get(key, value) != value:
                raise FileRefused("unparsable", f"{where}: {key} stands twice in one section with different values.")
            block[key], last_key = value, key
        elif kind != HEADER and last_key.startswith("НазначениеПлатежа"):
            block[last_key] = f"{block[last_key]} {key}"
        else:
            raise FileRefused("unparsable", f"{where}: {row.strip()[:60]!r} is neither key=value nor a mark.")
        if kind != HEADER and size > LARGEST_BLOCK:
            raise FileRefused("unparsable", f"{where}: too large to be one document: the file is damaged.")
    if not is_finished:
        raise FileRefused(
            "unparsable",
            f"{file_name} ends without КонецФайла at line {number}: it was cut off. Ask for the whole statement.",
        )


def _check_version(key: str, value: str, where: str) -> None:
    if key == "ВерсияФормата" and value not in VERSIONS:
        raise FileRefused(
            "unparsable", f"{where}: version {value[:20]!r} is not one of {', '.join(VERSIONS)}. Export one of these."
        )


def _what_it_is(first_row: str) -> str:
    dialect = re.search(r"\^Type=(\d+)\^", first_row, re.ASCII)
    if first_row.startswith("*****") and dialect:
        what = DIALECTS.get(dialect[1], f"a statement of a Belarusian client-bank (Type={dialect[1]})")
        return (
            f"is {what}, not {_FIRST_LINE}. It is not supported: export the statement from the bank in the format "
            f"«1С» ({_FIRST_LINE}), or convert it to a canonical bank.lines CSV."
        )
    return f"does not begin with {_FIRST_LINE}. Export the statement from the bank in the format «1С»."
