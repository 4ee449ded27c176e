"""Receipts that were registered and whose end is not known yet. A fiscal service lists none: it is asked for each.

Registrations come as files: the site keeps what it sent and what was answered, and drops it into the feed's inbox.
Those that came since the window began and still wait are found in the warehouse (rows, and rejects for want of an
amount), those that have not been loaded in the inbox.

A page is the registration with the report of now, verbatim, as the formats read it: amount, kind and our own id stay
with the receipt, of which a report alone says too little. A page without receipts says that there was none to ask for.

One receipt that the service does not know holds up no other: it stands in the last page, ``unknown.json``, with what
was answered, in a status that the formats reject, and is asked for again the next day.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.fetch.base import Page, Pull, PullError
from ingest.fetch.http import Unknown
from ingest.fetch.records import from_warehouse, loaded_bytes
from ingest.formats.atol import LAYERS, LISTS, STATUS, receipt_key
from ingest.formats.base import FileRefused, FormatOptions, text
from ingest.formats.json_input import child, stream_objects
from ingest.inbox_names import folder_date, is_data

Record = dict[str, Any]

WAITING = ("processing", "accepted")
"""What the formats make of statuses that are not the last word."""

KEPT = ("operation", "attempt_no", "attempt", "external_id", "request", "response")
ID = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)

LOADED = """
    select file_sha256, row_number
    from (
        select
            arg_max(_file_sha256, version) as file_sha256,
            arg_max(_row_number, version) as row_number,
            max(version) as version
        from (
            select *, (_extract_date, _delivery, _row_number) as version
            from raw.fiscal__receipts
            where _feed = $feed
        )
        group by receipt_id, attempt_no
        having not bool_or(status in ('success', 'error')) and min(_extract_date) >= $since
        union all
        select file_sha256, row_number, (extract_date, delivery, row_number)
        from ops.rejected_rows
        where
            feed = $feed
            and extract_date >= $since
            and contract = 'fiscal.receipts'
            and (column_name, reason) = ('amount', 'missing_required')
    )
    order by version
"""
FINAL = "select distinct receipt_id from raw.fiscal__receipts where _feed = $feed and status in ('success', 'error')"

GIVEN_UP = """
    select file_name
    from ops.rejected_rows
    where feed = $feed and contract = 'fiscal.receipts' and (column_name, reason) = ('amount', 'missing_required')
    group by file_name
    having min(extract_date) < $since
"""
"""A reject does not say of which receipt it is, the name of its page does: those that were asked for before."""


def report_pages(pull: Pull, ask: Callable[[str], bytes]) -> Iterator[Page]:
    """One page for each receipt that waits; ``ask`` gives the report on its id. Raises PullError."""
    found = sorted(_waiting(pull).items())
    if not found:
        yield Page("reports.json", [b"[]\n"])
    unknown = []
    for number, (key, record) in enumerate(found[:1] if pull.is_sample else found, start=1):
        pull.progress(f"report {number} of {len(found)}")
        try:
            report = _report(key, ask)
        except Unknown as error:
            if pull.is_sample:
                raise
            answer = pull.without_secrets(error.answer.decode("utf-8", "replace"))
            unknown.append({"uuid": key, "status": "unknown", "answer": answer})
            continue
        registration = json.dumps(_registration(record), ensure_ascii=False)[:-1]
        page = f'{registration}{", " if len(registration) > 1 else ""}"report": {report}}}\n'
        yield Page(_page_name(key), [page.encode()])
    if unknown:
        yield Page("unknown.json", [json.dumps(unknown, ensure_ascii=False).encode()])


def _report(key: str, ask: Callable[[str], bytes]) -> str:
    """The report on a receipt. That it still waits is one. Raises PullError, Unknown when there is none on this one."""
    if not ID.fullmatch(key):
        raise Unknown(f"a receipt has the id {key[:80]!r}, which is none.", b"not asked for: the id is none")
    try:
        report = ask(key).decode("utf-8-sig").strip()
    except Unknown as error:
        if not _is_object(error.answer):
            raise PullError(str(error)) from error  # not said by the service, but by what stands at a wrong address
        raise
    document = json.loads(report)
    if (text(child(document, "status")) or "").lower() not in STATUS:
        raise PullError(f"the report on receipt {key} is none: {error_text(document)}.")
    said = str(document.get("uuid") or document.get("id") or key)
    if said != key:
        raise Unknown(f"the report on receipt {key} is about {said[:64]!r}.", report.encode())
    return report


def _page_name(key: str) -> str:
    return f"report-{key}.json"


def _is_object(answer: bytes) -> bool:
    try:
        return isinstance(json.loads(answer), dict)
    except (ValueError, RecursionError):
        return False


def error_text(document: Any) -> str:
    """What a service says went wrong."""
    error = child(document, "error")
    why = text(child(error, "text")) or text(child(error, "message")) or text(error) or text(child(document, "message"))
    return (why or "no status and no error in it")[:200]


# ---------- what waits


def _waiting(pull: Pull) -> dict[str, Record]:
    """The latest that is known of each receipt that waits, by its id."""
    known: dict[str, Record] = {}
    for record in (*_loaded(pull), *_not_loaded(pull)):
        key = receipt_key(record)
        if key is not None and _status(record) is not None:
            known[key] = record
    final = {key for (key,) in from_warehouse(pull.home, FINAL, {"feed": pull.feed.name})}
    parameters = {"feed": pull.feed.name, "since": _since(pull)}
    given_up = {name for (name,) in from_warehouse(pull.home, GIVEN_UP, parameters)}
    return {
        key: record
        for key, record in known.items()
        if _status(record) in WAITING and key not in final and _page_name(key) not in given_up
    }


def _loaded(pull: Pull) -> Iterator[Record]:
    """The records of rows and rejects that wait, as they landed, oldest first."""
    files: dict[str, list[Record]] = {}
    parameters = {"feed": pull.feed.name, "since": _since(pull)}
    for sha256, row_number in from_warehouse(pull.home, LOADED, parameters):
        if sha256 not in files:
            files[sha256] = _records(pull, pull.home.landed(sha256).read_bytes())
        yield files[sha256][row_number - 1]


def _not_loaded(pull: Pull) -> Iterator[Record]:
    """The records of files in the inbox whose bytes the warehouse does not have, oldest first."""
    loaded = {sha256 for _, sha256 in loaded_bytes(pull.home, pull.feed.name)}
    for path in _inbox_files(pull.home.inbox / pull.feed.name, _since(pull)):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() not in loaded:
            try:
                yield from _records(pull, content)
            except FileRefused:
                continue  # loading it says why


def _inbox_files(inbox: Path, since: date) -> Iterator[Path]:
    folders = sorted(inbox.iterdir()) if inbox.is_dir() else []
    for folder in folders:
        day = folder_date(folder.name)
        if day is not None and day >= since:
            yield from sorted(path for path in folder.iterdir() if is_data(path.name) and path.is_file())


def _records(pull: Pull, content: bytes) -> list[Record]:
    options = FormatOptions(file_name="", encoding=pull.feed.encoding)
    return list(stream_objects(BytesIO(content), options, "a receipt", LISTS))


def _since(pull: Pull) -> date:
    """The first extract of the window."""
    return pull.window.start.astimezone(ZoneInfo(pull.home.timezone)).date()


def _status(record: Record) -> str | None:
    told = (record, *(child(record, layer) for layer in LAYERS))
    word = next((word for layer in told if (word := text(child(layer, "status")))), "")
    return STATUS.get(word.lower())


def _registration(record: Record) -> Record:
    """The record without the report of an earlier pull."""
    kept = {name: record[name] for name in KEPT if name in record}
    return kept if any(layer in record for layer in LAYERS) else kept | {"response": record}
