"""Which ids of a sample are found among those of the other samples: SQL over the typed rows of a scratch warehouse."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from ingest.contract import Contract
from ingest.contract import contract as contract_of
from ingest.sql import identifier, literal, literals

STRONG = (
    "payment_id",
    "order_id",
    "invoice_id",
    "refund_id",
    "provider_payment_id",
    "provider_reference",
    "provider_refund_id",
    "settlement_batch_id",
    "erp_document_id",
    "reserve_id",
    "delivery_id",
)
"""Ids that tell one record from another: by these documents are matched."""

WEAK = ("customer_id", "contract_id", "personal_account", "platform_invoice_id", "account_id")
"""Ids that tell a party or nothing by themselves."""

KINDS = {name: name for name in (*STRONG, *WEAK)} | {
    "original_erp_document_id": "erp_document_id",
    "tax_id": "customer's tax id",
    "customer_tax_id": "customer's tax id",
    "payer_tax_id": "customer's tax id",
    "counterparty_tax_id": "customer's tax id",
}
"""Column to the kind of id it holds; equal kinds are compared."""

NEEDED = {
    "provider.payments": ("payment_id", "order_id", "invoice_id"),
    "erp.payments": ("payment_id", "provider_reference", "order_id", "invoice_id"),
    "erp.refunds": ("payment_id", "refund_id", "provider_refund_id", "original_erp_document_id", "invoice_id"),
    "fiscal.receipts": ("payment_id", "refund_id", "provider_refund_id", "erp_document_id", "order_id"),
    "crm.deals": ("payment_id", "order_id"),
    "warehouse.reserves": ("invoice_id", "order_id"),
    "warehouse.deliveries": ("reserve_id", "invoice_id", "order_id"),
    "warehouse.returns": ("delivery_id", "invoice_id", "order_id"),
}
"""The ids of which a row needs one, unless another source names an id of the row."""

SEVERAL = 10
"""Of fewer rows nothing is concluded of ids: a day's few refunds may well be of orders of other days."""

FEW = 3
"""Of fewer amounts that are 100 times another nothing is concluded: one or two may well be so."""

GIVEN_BACK = ("provider.refunds", "erp.refunds", "warehouse.returns")
"""Often a part of what they belong to: their amounts are compared among themselves only."""


@dataclass(frozen=True)
class Link:
    """An id of a contract: the rows that have it, and of these the rows whose id another feed or contract has too."""

    column: str
    rows: int
    feed: str
    contract: str
    rows_found: int

    @property
    def place(self) -> str:
        """Where it is looked for, in words."""
        return place(self.feed, self.contract)


def place(feed: str, contract: str) -> str:
    """A feed's contract in words; the convention feeds are named as their contracts."""
    return contract if feed == contract else f"{contract} ({feed})"


def build_ids(connection: duckdb.DuckDBPyConnection, loaded: Iterable[tuple[str, str]]) -> None:
    """Make the table ``ids``: every id of every accepted row, by feed and contract; several parts are one document.

    A provider that registers receipts itself gives them its own id of the payment: such a feed's payment_id is of kind
    provider_payment_id.
    """
    connection.execute(
        "create temp table ids (feed varchar, contract varchar, source varchar, column_name varchar, kind varchar, "
        "id varchar, amount decimal(19, 4), currency varchar)"
    )
    for feed, name in loaded:
        contract = contract_of(name)
        for column in (column for column in contract.column_names if column in KINDS):
            connection.execute(
                f"insert into ids select ?, ?, ?, ?, ?, {_id(column)}, {_or_null(contract, 'amount')}, "
                f"{_or_null(contract, 'currency')} from raw.{identifier(contract.raw_table)} "
                f"where _feed = ? and {identifier(column)} is not null",
                [feed, name, contract.source, column, KINDS[column], feed],
            )
    connection.execute(
        "update ids set kind = 'provider_payment_id' where contract = 'fiscal.receipts' and column_name = 'payment_id' "
        "and feed in (select receipts.feed from ids as receipts inner join ids as payments using (id) "
        "where receipts.contract = 'fiscal.receipts' and receipts.column_name = 'payment_id' "
        "and payments.contract = 'provider.payments' and payments.kind = 'provider_payment_id')"
    )


def links_of(connection: duckdb.DuckDBPyConnection, feed: str, contract: Contract) -> list[Link]:
    """The contract's ids against each other feed and contract that has ids of the kind, also when none is found."""
    found = connection.execute(
        "with mine as (select column_name, kind, id, count(*) as rows from ids "
        "where feed = $feed and contract = $contract group by all), "
        "others as (select distinct kind, id, feed, contract from ids where feed <> $feed or contract <> $contract), "
        "places as (select distinct kind, feed, contract from others), "
        "totals as (select column_name, kind, sum(rows)::bigint as rows from mine group by all), "
        "hits as (select mine.column_name, others.feed, others.contract, sum(mine.rows)::bigint as rows from mine "
        "inner join others on mine.kind = others.kind and mine.id = others.id group by all) "
        "select totals.column_name, totals.rows, places.feed, places.contract, coalesce(hits.rows, 0) "
        "from totals inner join places on totals.kind = places.kind "
        "left join hits on totals.column_name = hits.column_name and places.feed = hits.feed "
        "and places.contract = hits.contract order by 1, 5 desc, 3, 4",
        {"feed": feed, "contract": contract.name},
    ).fetchall()
    order = {name: position for position, name in enumerate(contract.column_names)}
    return sorted((Link(*line) for line in found), key=lambda link: order[link.column])


def warnings_of_links(
    connection: duckdb.DuckDBPyConnection, feed: str, contract: Contract, rows: int, links: list[Link]
) -> list[str]:
    """What in the ids will keep rows from matching, and amounts of another magnitude on what is linked."""
    return [
        *_without_ids(connection, feed, contract, rows),
        *_same_id_everywhere(connection, feed, contract),
        *_found_nowhere(connection, feed, contract, links),
        *_magnitudes(connection, feed, contract),
        *_without_period(connection, contract),
    ]


def _without_ids(connection: duckdb.DuckDBPyConnection, feed: str, contract: Contract, rows: int) -> list[str]:
    needed = NEEDED.get(contract.name)
    if needed is None:
        return []
    alone = [f"{identifier(name)} is null" for name in needed]
    for column in contract.column_names:
        if KINDS.get(column) in STRONG and column not in needed:
            known = f"select id from ids where kind = {literal(KINDS[column])} and source <> {literal(contract.source)}"
            alone.append(f"({identifier(column)} is null or {_id(column)} not in ({known}))")
    line = connection.execute(
        f"select count(*) from raw.{identifier(contract.raw_table)} where _feed = ? and {' and '.join(alone)}", [feed]
    ).fetchone()
    count = line[0] if line else 0
    if not count:
        return []
    missing = f"{', '.join(needed[:-1])} or {needed[-1]}"
    follows = "nothing will match" if count == rows else "these will match nothing by themselves"
    return [f"{contract.name}: no {missing} in {count} of {rows} rows: {follows}."]


def _same_id_everywhere(connection: duckdb.DuckDBPyConnection, feed: str, contract: Contract) -> list[str]:
    found = connection.execute(
        "select column_name, min(id), count(*) from ids where feed = ? and contract = ? "
        f"and kind in ({literals(('payment_id', 'order_id', 'invoice_id', 'provider_reference'))}) "
        f"group by column_name having count(distinct id) = 1 and count(*) >= {SEVERAL} order by 1",
        [feed, contract.name],
    ).fetchall()
    return [f"{contract.name}: {column} is {value!r} in all {rows} rows that have it." for column, value, rows in found]


def _found_nowhere(
    connection: duckdb.DuckDBPyConnection, feed: str, contract: Contract, links: list[Link]
) -> list[str]:
    """Ids of kinds that other sources have, none of which is there: often another kind of id under the same name."""
    warnings = []
    for column in dict.fromkeys(link.column for link in links):
        same = [item for item in links if item.column == column]
        others = [item for item in same if _source(item.contract) != contract.source]
        if KINDS[column] not in STRONG or column in contract.key or any(item.rows_found for item in same):
            continue
        others = [item for item in others if _distinct(connection, item.feed, item.contract, KINDS[column]) >= SEVERAL]
        if not others or _distinct(connection, feed, contract.name, KINDS[column]) < SEVERAL:
            continue
        here = _example(connection, feed, contract.name, KINDS[column])
        there = _example(connection, others[0].feed, others[0].contract, KINDS[column])
        places = ", ".join(item.place for item in others)
        warnings.append(
            f"{contract.name}: of {others[0].rows} rows with {column} none is found in {places}: {here!r} here, "
            f"{there!r} there. Is it the same id, and are the samples of the same days?"
        )
    return warnings


def _magnitudes(connection: duckdb.DuckDBPyConnection, feed: str, contract: Contract) -> list[str]:
    """Amounts compared where one row here and one there have the same id and currency."""
    found = connection.execute(
        f"with single as (select feed, contract, kind, id, min(amount) as amount, min(currency) as currency from ids "
        f"where kind in ({literals(STRONG)}) and amount > 0 group by 1, 2, 3, 4 having count(*) = 1) "
        "select b.feed, b.contract, a.kind, count(*), count(*) filter (where a.amount = 100 * b.amount), "
        "count(*) filter (where 100 * a.amount = b.amount) "
        "from single as a inner join single as b on a.kind = b.kind and a.id = b.id and a.currency = b.currency "
        "where a.feed = ? and a.contract = ? and (b.feed <> a.feed or b.contract <> a.contract) "
        f"and (a.contract in ({literals(GIVEN_BACK)})) = (b.contract in ({literals(GIVEN_BACK)})) "
        "group by 1, 2, 3 order by 1, 2, 3",
        [feed, contract.name],
    ).fetchall()
    warnings: dict[tuple[str, str], str] = {}
    for other, name, _, rows, larger, smaller in found:
        count = max(larger, smaller)
        if count >= FEW and 2 * count > rows:
            times = "100 times" if larger > smaller else "a hundredth of"
            warnings[other, name] = (
                f"{contract.name}: amounts are {times} those of {place(other, name)} in {count} of {rows} rows "
                "with the same id: is one of the two in minor units (kopecks, cents)?"
            )
    return list(warnings.values())


def _without_period(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[str]:
    """Invoices of the ERP that cannot be those of the postpaid platform's accounts and billing periods."""
    if contract.name != "erp.invoices":
        return []
    line = connection.execute(
        "select exists(select 1 from ids where contract = 'billing.invoices') and not exists("
        f"select 1 from raw.{identifier(contract.raw_table)} "
        "where account_id is not null and billing_period_start is not null)"
    ).fetchone()
    if not line or not line[0]:
        return []
    return [
        f"{contract.name}: no row has both account_id and billing_period_start: no row of billing.invoices matches."
    ]


def _distinct(connection: duckdb.DuckDBPyConnection, feed: str, contract: str, kind: str) -> int:
    line = connection.execute(
        "select count(distinct id) from ids where feed = ? and contract = ? and kind = ?", [feed, contract, kind]
    ).fetchone()
    return line[0] if line else 0


def _example(connection: duckdb.DuckDBPyConnection, feed: str, contract: str, kind: str) -> str:
    line = connection.execute(
        "select min(id) from ids where feed = ? and contract = ? and kind = ?", [feed, contract, kind]
    ).fetchone()
    return line[0] if line else ""


def _id(column: str) -> str:
    """The id as others know it: that of the whole document, without the number of a part."""
    name = identifier(column)
    return f"split_part({name}, '#', 1)" if KINDS[column] == "erp_document_id" else name


def _or_null(contract: Contract, name: str) -> str:
    return identifier(name) if name in contract.column_names else "null"


def _source(contract: str) -> str:
    return contract.partition(".")[0]
