"""JSON arrays and NDJSON to a relation of text columns, numbers exactly as written.

DuckDB reads JSON numbers through double. Rows with a number that a double may not give back as written (more than 15
digits, an exponent, leading zeros after the point) are therefore rewritten with their numbers as text.
"""

import json
from pathlib import Path

import duckdb

from ingest.contract import Contract
from ingest.errors import Refused
from ingest.sql import file_literal, identifier, literal
from ingest.typing_sql import TextRelation

INEXACT_NUMBER = r"(?:[:\[,]\s*)-?(?:[0-9.]{16,}|[0-9.]+[eE]|0\.0000)"
BATCH = 10_000
LARGEST_OBJECT = 1 << 28


def json_relation(
    connection: duckdb.DuckDBPyConnection, path: Path, file_name: str, contract: Contract, *, lines: bool
) -> tuple[TextRelation, list[str]]:
    """The relation and the file's key names, trimmed and in lower case. Refuses unparsable."""
    if not lines:
        _check_closed(path, file_name)
    form = "newline_delimited" if lines else "array"
    connection.execute(
        f"create or replace table json_objects as select json from read_json_objects("
        f"{file_literal(path)}, format='{form}', compression='uncompressed', maximum_object_size={LARGEST_OBJECT})"
    )
    wrong = connection.execute(
        "select rowid + 1, left(json::varchar, 80) from json_objects "
        "where json_type(json) is distinct from 'OBJECT' order by rowid limit 1"
    ).fetchone()
    if wrong:
        raise Refused("unparsable", f"{file_name}, row {wrong[0]}: {wrong[1]} is no object with named columns.")
    variants = _key_variants(connection, file_name)
    _replace_inexact_numbers(connection, file_name)
    return _relation(contract, variants), list(variants)


def _key_variants(connection: duckdb.DuckDBPyConnection, file_name: str) -> dict[str, list[str]]:
    """The spellings of each key by its trimmed lower-case name."""
    variants: dict[str, list[str]] = {}
    lists = connection.execute(
        "select json_keys(json) as keys, min(rowid) + 1 from json_objects group by keys order by 2"
    ).fetchall()
    for keys, row in lists:
        names = [key.strip().lower() for key in keys]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Refused("unparsable", f"{file_name}, row {row}: the column {twice[0]!r} is there twice.")
        for name, key in zip(names, keys, strict=True):
            spellings = variants.setdefault(name, [])
            if key not in spellings:
                spellings.append(key)
    return variants


def _replace_inexact_numbers(connection: duckdb.DuckDBPyConnection, file_name: str) -> None:
    connection.execute("create or replace table json_exact (row_id bigint, json varchar)")
    found = connection.cursor().execute(
        f"select rowid, json::varchar from json_objects where regexp_matches(json::varchar, {literal(INEXACT_NUMBER)})"
    )
    while rows := found.fetchmany(BATCH):
        exact = [_exact(text, file_name, row_id) for row_id, text in rows]
        connection.execute(
            "insert into json_exact select unnest($1::bigint[]), unnest($2::varchar[])", [[r for r, _ in rows], exact]
        )


def _exact(text: str, file_name: str, row_id: int) -> str:
    try:
        content = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except ValueError as error:
        raise Refused("unparsable", f"{file_name}, row {row_id + 1}: not readable as JSON: {error}.") from error
    return json.dumps(content, ensure_ascii=False)


def _relation(contract: Contract, variants: dict[str, list[str]]) -> TextRelation:
    wanted = [name for name in (*contract.column_names, "source_system") if name in variants]
    alone = {name: variants[name][0] for name in wanted if len(variants[name]) == 1}
    structure = json.dumps(dict.fromkeys(alone.values(), "VARCHAR"), ensure_ascii=False)
    fields = {name: f"object.{identifier(key)}" for name, key in alone.items()}
    for name in wanted:
        if name not in fields:
            spellings = (f"json_extract_string(json, {literal(_pointer(key))})" for key in variants[name])
            fields[name] = f"coalesce({', '.join(spellings)})"
    selected = ", ".join(f"{field} as {identifier(f'text:{name}')}" for name, field in fields.items())
    parsed = f", from_json(json, {literal(structure)}) as object" if alone else ""
    return TextRelation(
        relation=(
            "(select row_number as _row_number, null::varchar as _reject_column, null::varchar as _reject_value, "
            f"null::varchar as _reject_reason{', ' if selected else ''}{selected} "
            f"from (select row_number, json{parsed} "
            "from (select objects.rowid + 1 as row_number, coalesce(exact.json::json, objects.json) as json "
            "from json_objects objects left join json_exact exact on exact.row_id = objects.rowid)))"
        ),
        columns={name: identifier(f"text:{name}") for name in fields},
        is_numbered=True,
        decimal_dot=True,
    )


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _check_closed(path: Path, file_name: str) -> None:
    """DuckDB takes an array that ends after a comma for complete."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 4096))
        tail = stream.read().rstrip()
    if not tail.endswith(b"]"):
        raise Refused(
            "unparsable",
            f"{file_name} does not end with `]`: no JSON array, or truncated. Ask the sending system for it again.",
        )
