"""What is refused of queries before any database is asked."""

import pytest

from ingest.errors import ConfigurationError
from ingest.fetch.queries import check_queries, marked
from ingest.formats.base import OptionFault
from ingest.settings import feeds
from tests.fetch.shop import ORDERS, Shop
from tests.ingest.lab import Lab

ORDER = "website.orders"


@pytest.mark.parametrize(
    "query",
    [
        "select * from orders",
        "with o as (select 1) select * from o;",
        "(select 1) union (select 2)",
        "-- all\nSELECT 'it''s; :x', \"a;b\", `c;d`, $$;$$, $q$ $$ ; $q$ /* ; :y */ from orders -- ; '",
        "select a::text, b[1:2], '12:30', @x := 1 from orders where a >= :start and a<:end",
    ],
)
def test_a_query_that_reads_is_accepted(query: str) -> None:
    check_queries((ORDER,), {ORDER: query})


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select 1; drop table orders", "has several statements. Write one query."),
        ("select '' ; select ';'", "has several statements"),
        ("delete from orders", "must begin with `select` or `with`"),
        ("-- select\nupdate orders set a = 1", "must begin with `select` or `with`"),
        ("selection", "must begin with `select` or `with`"),
        ("/* nothing */", "must begin with `select` or `with`"),
        ("select 'a from orders", "opens a quote or a comment that is never closed"),
        ("select 1 /* from orders", "opens a quote or a comment that is never closed"),
        (r"select 'it\'s; '", r"has \' in it"),
        ("select * from orders where a >= :start", "has :start alone"),
        ("select * from orders where a >= ':start' and a < :end", "has :end alone"),
        ("select * from orders where a >= :since", "has :since in it; the parameters are :start and :end"),
        ("", "must be a query, not ''"),
        (7, "must be a query, not 7"),
    ],
)
def test_a_query_that_cannot_be_is_refused(query: object, words: str) -> None:
    with pytest.raises(OptionFault) as told:
        check_queries((ORDER,), {ORDER: query})
    assert str(told.value).startswith(f"pull.queries.{ORDER}: ") and words in str(told.value)


@pytest.mark.parametrize(
    ("queries", "words"),
    [
        ({ORDER: ORDERS, "erp.payments": ORDERS}, "pull.queries.erp.payments: the feed does not supply it"),
        ({}, "pull.queries: the feed supplies website.orders, and there is no query for it."),
        ("select 1", "pull.queries: must have one query for each contract"),
    ],
)
def test_each_contract_has_its_query(queries: object, words: str) -> None:
    with pytest.raises(OptionFault) as told:
        check_queries((ORDER,), queries)
    assert words in str(told.value)


def test_only_parameters_are_marked() -> None:
    query = "select ':start', a::text, \":end\" from t where a >= :start::date and b < :end -- :end\n;"
    assert marked(query) == (
        "select '\\:start', a::text, \"\\:end\" from t where a >= (:start)::date and b < (:end) -- \\:end\n"
    )


def test_the_fault_has_its_line(lab: Lab) -> None:
    shop = Shop(lab, None)  # type: ignore[arg-type]
    shop.configure(payments="drop table payments")
    with pytest.raises(ConfigurationError, match=r"sverka.yml, line 13: pull\.queries\.website\.payments: must begin"):
        feeds(lab.home)
