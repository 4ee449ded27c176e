"""The queries of a pull from a database, checked as far as text tells, and with their two parameters marked.

The real protection against a query that changes something is the read-only transaction, and a user who may only read.
"""

import re
from collections.abc import Mapping

from ingest.formats.base import OptionFault

PARAMETERS = ("start", "end")

_QUOTED = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*|/\*.*?\*/""", re.DOTALL
)
"""Text, names and comments, in which nothing is looked for."""
_UNCLOSED = re.compile(r"""['"`]|/\*""")
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)", re.ASCII)
_FIRST_WORD = re.compile(r"[\s(]*(\w*)", re.ASCII)


def check_queries(contracts: tuple[str, ...], queries: object) -> None:
    """One query for each contract of the feed, which reads only. Raises OptionFault."""
    if not isinstance(queries, Mapping):
        raise _fault((), "must have one query for each contract of the feed, as `website.orders: select …`.")
    for name in queries:
        if name not in contracts:
            raise _fault((name,), f"the feed does not supply it; its contracts are {', '.join(contracts)}.")
    for name in contracts:
        if name not in queries:
            raise _fault((), f"the feed supplies {name}, and there is no query for it.")
        _check(name, queries[name])


def marked(query: str) -> str:
    """The query as SQLAlchemy reads it: its parameters marked, and no other colon taken for one."""
    parts, position = [], 0
    for quoted in _QUOTED.finditer(query):
        parts += [_with_parameters(query[position : quoted.start()]), quoted[0].replace(":", r"\:")]
        position = quoted.end()
    return "".join((*parts, _with_parameters(query[position:]))).rstrip().removesuffix(";")


def _with_parameters(part: str) -> str:
    """In brackets, so that ``:start::date`` is one."""
    return _PARAMETER.sub(r"(:\1)", part)


def _check(name: str, query: object) -> None:
    if not isinstance(query, str) or not query.strip():
        raise _fault((name,), f"must be a query, not {query!r}.")
    if any(quoted[0].endswith("\\'") for quoted in _QUOTED.finditer(query)):
        raise _fault((name,), r"has \' in it, which databases read differently: write a quote in text as ''.")
    bare = _QUOTED.sub(" ", query).rstrip().removesuffix(";")
    if _UNCLOSED.search(bare):
        raise _fault((name,), "opens a quote or a comment that is never closed.")
    if ";" in bare:
        raise _fault((name,), "has several statements. Write one query.")
    if _FIRST_WORD.match(bare)[1].lower() not in ("select", "with"):  # type: ignore[index]
        raise _fault((name,), "must begin with `select` or `with`: a pull only reads.")
    used = set(_PARAMETER.findall(bare))
    for parameter in sorted(used.difference(PARAMETERS)):
        raise _fault((name,), f"has :{parameter} in it; the parameters are :start and :end.")
    if len(used) == 1:
        raise _fault((name,), f"has :{used.pop()} alone. Use both, :start and :end, or none to read all each day.")


def _fault(path: tuple[str, ...], message: str) -> OptionFault:
    return OptionFault(("queries", *path), message, under="pull")
