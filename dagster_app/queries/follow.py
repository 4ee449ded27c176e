"""Collecting the records of a story: from known ids to the rows that carry them, until nothing new is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from dagster_app.queries.connection import Row, fetch, quoted
from dagster_app.queries.records import PAYMENT_DOCUMENTS, RECORDS, WITHIN_SYSTEM, base_id, staging_table

#: A story is a few steps long (payment, refund, receipt of the refund); this only bounds it.
_MAX_STEPS = 6


@dataclass
class Story:
    """What is known so far. namespaces: name → ids; rows: (contract, source_system, key, part) → staging row."""

    tables: dict[str, list[str]]
    namespaces: dict[str, set[str]] = field(default_factory=dict)
    rows: dict[tuple[str, str, str, str], Row] = field(default_factory=dict)
    is_whole: bool = False

    def know(self, namespace: str, *identifiers: str | None) -> None:
        """Add ids to a namespace; None is no id."""
        known = self.namespaces.setdefault(namespace, set())
        known.update(identifier for identifier in identifiers if identifier)

    def of(self, namespace: str) -> list[str]:
        """The ids of a namespace, sorted."""
        return sorted(self.namespaces.get(namespace, ()))

    def add(self, contract: str, row: Row) -> None:
        """Keep a row and learn the ids it gives."""
        record = RECORDS[contract]
        system, key = str(row["source_system"]), str(row[record.key])
        self.rows.setdefault((contract, system, key, str(row.get("attempt_no"))), row)
        for column, namespace in record.gives.items():
            value = row.get(column)
            if value is None:
                continue
            if namespace in WITHIN_SYSTEM:
                self.know(namespace, f"{system}:{base_id(value)}")
                self.know(namespace + "_anywhere", base_id(value))
            else:
                self.know(namespace, base_id(value))


def fetch_documents(connection: Any, story: Story, document_ids: Iterable[tuple[str, str, str]]) -> None:
    """Add the rows of documents (contract, source_system, id); an ERP document brings all its parts."""
    by_contract: dict[str, set[str]] = {}
    for contract, system, identifier in document_ids:
        by_contract.setdefault(contract, set()).add(f"{system}:{base_id(identifier)}")
    for contract, identifiers in sorted(by_contract.items()):
        if staging_table(contract) in story.tables:
            key = quoted(RECORDS[contract].key)
            condition = f"list_contains(?, source_system || ':' || split_part({key}, '#', 1))"
            _fetch_rows(connection, story, contract, condition, [sorted(identifiers)])


def follow(connection: Any, story: Story) -> None:
    """Add every record that names an id of the story, and what those name in turn."""
    for _ in range(_MAX_STEPS):
        before = {name: len(ids) for name, ids in story.namespaces.items()}
        rows_before = len(story.rows)
        for contract in RECORDS:
            _follow_contract(connection, story, contract)
        if len(story.rows) == rows_before and before == {n: len(ids) for n, ids in story.namespaces.items()}:
            return


def _follow_contract(connection: Any, story: Story, contract: str) -> None:
    """One contract's rows that carry an id of the story.

    A record found only by its order or invoice that names another payment belongs to that payment's story.
    """
    record = RECORDS[contract]
    if staging_table(contract) not in story.tables:
        return
    conditions: list[str] = []
    parameters: list[Any] = []
    for column, namespace in record.links.items():
        identifiers = story.of(namespace)
        if not identifiers:
            continue
        name = quoted(column)
        value = f"source_system || ':' || split_part({name}, '#', 1)" if namespace in WITHIN_SYSTEM else name
        condition = f"list_contains(?, {value})"
        if namespace in ("order", "invoice") and "payment_id" in record.links and not story.is_whole:
            condition = f"({condition} and payment_id is null)"
        conditions.append(condition)
        parameters.append(identifiers)
    if conditions:
        _fetch_rows(connection, story, contract, " or ".join(conditions), parameters)


def _fetch_rows(connection: Any, story: Story, contract: str, condition: str, parameters: list[Any]) -> None:
    for row in fetch(
        connection, f"select * from staging.{quoted(staging_table(contract))} where {condition}", parameters
    ):
        story.add(contract, row)


def find_records(connection: Any, story: Story, identifier: str) -> list[tuple[str, Row]]:
    """Rows of any contract that a bare system id, reference or number names: (contract, row)."""
    found: list[tuple[str, Row]] = []
    system, _, rest = identifier.partition(":")
    for contract, record in RECORDS.items():
        if staging_table(contract) not in story.tables:
            continue
        conditions = [f"{quoted(column)} = ?" for column in (record.key, *record.finds)]
        parameters: list[Any] = [identifier] * len(conditions)
        if contract.startswith("erp."):
            conditions.append(f"split_part({quoted(record.key)}, '#', 1) = ?")
            parameters.append(identifier)
        if rest:
            conditions.append(f"(source_system = ? and {quoted(record.key)} = ?)")
            parameters += [system, rest]
        sql = f"select * from staging.{quoted(staging_table(contract))} where {' or '.join(conditions)}"
        found += [(contract, row) for row in fetch(connection, sql, parameters)]
    return found


def is_payment_document(contract: str) -> bool:
    """Whether each row of the contract is a document that exactly one payment owns."""
    return contract in PAYMENT_DOCUMENTS
