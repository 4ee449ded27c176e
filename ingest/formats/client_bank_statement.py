"""The block structure of 1CClientBankExchange: header, account sections, documents, КонецФайла.

Only the structure: what the fields mean is in ``client_bank_exchange``.
"""

import re
from dataclasses import dataclass, field

from ingest.formats.base import FileRefused

Fields = dict[str, str]

VERSIONS = ("1.01", "1.02", "1.03")
DIALECTS = {
    "4": "an account statement of the client-bank of Alfa-Bank Belarus (Type=4)",
    "400": "an account statement of the client-bank of Priorbank, Belarus (Type=400)",
}

_FIRST_LINE = "1CClientBankExchange"
_BLOCKS = {"СекцияРасчСчет": "КонецРасчСчет", "СекцияДокумент": "КонецДокумента"}
_WORDS = ("ВерсияФормата", "Кодировка", "РасчСчет", "КонецФайла")


@dataclass
class Statement:
    """The file as blocks: accounts named in the header, account sections, documents in file order."""

    accounts: list[str] = field(default_factory=list)
    sections: list[Fields] = field(default_factory=list)
    documents: list[Fields] = field(default_factory=list)


def read_statement(content: str, file_name: str) -> Statement:
    """The blocks of the file. Refuses what is not a whole 1CClientBankExchange file, with the line number."""
    rows = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = next((number for number, row in enumerate(rows) if row.strip()), 0)
    if rows[start].strip() != _FIRST_LINE:
        raise FileRefused("unparsable", f"{file_name} {_what_it_is(rows[start])}")
    if not content.isascii() and not any(word in content for word in _WORDS):
        raise FileRefused(
            "undecodable",
            f"{file_name} is neither UTF-8 nor cp1251: none of the words of the format is in it. "
            "Declare its encoding with the feed in sverka.yml, for example `encoding: cp866`.",
        )
    statement = Statement()
    block: Fields | None = None
    end, last_key, finished = "", "", False
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        key, equals, value = (part.strip() for part in row.partition("="))
        where = f"{file_name}, line {number}"
        if not key and not equals:
            continue
        if finished:
            raise FileRefused("unparsable", f"{where}: text after КонецФайла. Send several statements apart.")
        if key in _BLOCKS:
            if block is not None:
                raise FileRefused("unparsable", f"{where}: {key} begins before {end}: the file is damaged.")
            block, end, last_key = {}, _BLOCKS[key], ""
            (statement.sections if key == "СекцияРасчСчет" else statement.documents).append(block)
        elif key in _BLOCKS.values():
            if block is None or key != end:
                raise FileRefused("unparsable", f"{where}: {key} without its beginning: the file is damaged.")
            block = None
        elif key == "КонецФайла" and block is None:
            finished = True
        elif equals:
            _keep(statement, block, key, value, where)
            last_key = key
        elif block is not None and last_key in block and last_key.startswith("НазначениеПлатежа"):
            block[last_key] = f"{block[last_key]} {key}"
        else:
            raise FileRefused("unparsable", f"{where}: {row.strip()[:60]!r} is neither key=value nor a mark.")
    if not finished:
        raise FileRefused(
            "unparsable",
            f"{file_name} ends without КонецФайла at line {len(rows)}: it was cut off. Ask for the whole statement.",
        )
    return statement


def _keep(statement: Statement, block: Fields | None, key: str, value: str, where: str) -> None:
    if block is not None:
        if block.get(key, value) != value:
            raise FileRefused("unparsable", f"{where}: {key} stands twice in one section with different values.")
        block[key] = value
    elif key == "РасчСчет" and value:
        statement.accounts.append(value)
    elif key == "ВерсияФормата" and value not in VERSIONS:
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
