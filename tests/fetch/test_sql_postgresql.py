"""Pulling from a real PostgreSQL, of Debian's package."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, make_url

from ingest.fetch import pulling, sql
from ingest.fetch.base import PullError
from ingest.settings import feeds
from tests.fetch.databases import engine, free_port, postgresql
from tests.fetch.pulled import MORNING, pull_at
from tests.fetch.shop import FIRST, ORDERS, PASSWORD, PAYMENTS, READER, SECOND, Shop
from tests.ingest.lab import Lab

TABLES = (
    "drop table if exists orders, payments",
    """create table orders (
        order_id text primary key, customer_id uuid, amount numeric(19,4) not null, currency char(3) not null,
        status text not null, created_at timestamp not null, updated_at timestamptz not null
    )""",
    """create table payments (
        payment_id bigint primary key, order_id text, amount double precision, currency text, status text,
        status_source text, created_at timestamptz, is_new boolean, day date, photo bytea, extra jsonb
    )""",
    f"grant select on orders, payments to {READER}",
)
ORDER = "insert into orders values ('{}', null, {}, 'EUR', 'new', '2026-11-20 09:30', '{}')"


@pytest.fixture(scope="module")
def admin() -> Iterator[Engine]:
    with postgresql() as url:
        found = engine(url)
        with found.connect() as connection:
            connection.exec_driver_sql(f"create user {READER} password '{PASSWORD.replace('%', '%%')}'")
        yield found


@pytest.fixture
def shop(lab: Lab, admin: Engine, monkeypatch: pytest.MonkeyPatch) -> Shop:
    address = f"{admin.url.host}:{admin.url.port}/{admin.url.database}"
    monkeypatch.setenv("SHOP_URL", f"postgresql://{READER}:{quote(PASSWORD, safe='')}@{address}")
    shop = Shop(lab, admin)
    shop.does(*TABLES)
    return shop


def test_rows_load_as_they_are(shop: Shop) -> None:
    shop.does(
        "insert into orders values ('Ж-1', '6a2f41a3-c54c-fce8-32d2-0324e1c32e22', 123456789012345.6789, 'EUR', 'new', "
        "'2026-11-20 09:30:00.25', '2026-11-20 12:00+03')",
        "insert into payments values (1, 'Ж-1', 0.1, 'EUR', 'paid', 'webhook', '2026-11-20 09:31Z', true, "
        "'2026-11-20')",
    )
    shop.configure(
        payments="select payment_id, order_id, amount, currency, status, status_source, created_at, is_new, day, "
        "created_at as paid_at from payments"
    )
    assert shop.pull().outcome == "pulled"
    assert shop.file().decode() == (
        "order_id,customer_id,amount,currency,status,created_at,updated_at\r\n"
        "Ж-1,6a2f41a3-c54c-fce8-32d2-0324e1c32e22,123456789012345.6789,EUR,new,"
        "2026-11-20T09:30:00.250000,2026-11-20T10:00:00+01:00\r\n"
    )
    [payment] = shop.rows("website.payments")
    assert [payment[name] for name in ("amount", "is_new", "day")] == ["0.1", "true", "2026-11-20"]
    shop.lab.run(FIRST)
    assert shop.raw("order_id, amount::varchar, created_at::varchar, updated_at::varchar") == [
        ("Ж-1", "123456789012345.6789", "2026-11-20 08:30:00.25", "2026-11-20 09:00:00")
    ]
    assert shop.lab.column("select paid_at::varchar from raw.website__payments") == ["2026-11-20 09:31:00"]


def test_the_next_day_reads_what_changed_and_the_overlap(shop: Shop) -> None:
    shop.does(
        ORDER.format("old", 1, "2026-11-02 10:00+01"),
        ORDER.format("late", 1, "2026-11-20 23:59+04"),
        ORDER.format("next", 1, "2026-11-21 00:00+04"),
    )
    shop.pull(FIRST)
    shop.lab.run(FIRST)
    shop.does("update orders set amount = 2, updated_at = '2026-11-21 08:00+01' where order_id = 'old'")
    shop.pull(SECOND)
    shop.lab.run(SECOND)
    assert [row["order_id"] for row in shop.rows(day=FIRST)] == ["late", "old"]
    assert [row["order_id"] for row in shop.rows(day=SECOND)] == ["late", "next", "old"]
    assert shop.raw("order_id, amount::integer, _extract_date") == [
        ("late", 1, FIRST),
        ("late", 1, SECOND),
        ("next", 1, SECOND),
        ("old", 1, FIRST),
        ("old", 2, SECOND),
    ]


def test_pulling_twice_changes_nothing(shop: Shop) -> None:
    shop.does(ORDER.format("1", 1, "2026-11-20 10:00+01"))
    outcomes = [shop.pull().outcome, shop.pull().outcome]
    shop.lab.run(FIRST)
    before = shop.lab.raw(), shop.lab.operations()
    outcomes += [shop.pull().outcome, shop.pull(again=True).outcome]
    shop.lab.run(FIRST)
    assert outcomes == ["pulled", "already_pulled", "already_pulled", "pulled"]
    assert (shop.lab.raw(), shop.lab.operations()) == before


@pytest.mark.parametrize("column", ["updated_at", "updated_at at time zone 'Europe/Berlin'"])
def test_the_window_is_right_for_each_type_of_time(shop: Shop, column: str) -> None:
    shop.does(
        ORDER.format("before", 1, "2026-10-31 23:59:59+04"),
        ORDER.format("first", 1, "2026-11-01 00:00:00+04"),
        ORDER.format("last", 1, "2026-11-20 23:59:59+04"),
        ORDER.format("after", 1, "2026-11-21 00:00:00+04"),
    )
    shop.configure(f"select * from orders where {column} >= :start and {column} < :end order by updated_at")
    shop.pull()
    assert [row["order_id"] for row in shop.rows()] == ["first", "last"]


def test_a_query_may_have_what_looks_like_a_parameter(shop: Shop) -> None:
    shop.does(ORDER.format("50%%", 1, "2026-11-20 10:00+01"))
    shop.configure(
        """select order_id, ' :end 5% :' as a, $x$:end; ' $x$ as ":end", (array[1,2])[1:2]::text as b -- :end; '
          from orders /* it's */ where updated_at >= :start::timestamptz and updated_at < :end
          and order_id like '%0\\%';
        """
    )
    shop.pull()
    assert shop.rows() == [{"order_id": "50%", "a": " :end 5% :", ":end": ":end; ' ", "b": "{1,2}"}]


def test_no_rows_are_a_header(shop: Shop) -> None:
    shop.pull()
    assert shop.file() == b"order_id,customer_id,amount,currency,status,created_at,updated_at\r\n"


def test_all_queries_see_one_moment(shop: Shop) -> None:
    shop.configure(payments=PAYMENTS.replace("*", "payment_id"))
    pages = sql.pages(shop.task())
    list(next(pages).chunks)
    shop.does("insert into payments (payment_id) values (1)")
    assert list(next(pages).chunks) == [b"payment_id\r\n"]


def test_rows_are_streamed(shop: Shop) -> None:
    shop.configure("select 1 / (n - 5000) as n from generate_series(1, 10000) n")
    pages = sql.pages(shop.task())
    page, received = next(pages), []
    with pytest.raises(PullError, match=r"website\.orders: the query fails: division by zero"):
        received.extend(page.chunks)
    assert sum(chunk.count(b"\r\n") for chunk in received) == 1 + 4 * sql.ROWS_AT_ONCE


def test_a_sample_is_the_first_thousand_rows(shop: Shop) -> None:
    shop.configure("select generate_series(1, 1000000000) as n", "select 1 as n")
    content = [b"".join(page.chunks) for page in sql.pages(shop.task(is_sample=True))]
    assert [text.count(b"\r\n") for text in content] == [1001, 2]


def test_nothing_can_be_changed(shop: Shop) -> None:
    shop.does("create sequence if not exists numbers", f"grant all on orders, numbers to {READER}")
    shop.configure("with gone as (delete from orders returning *) select * from gone")
    assert "website.orders: the query fails: DECLARE CURSOR must not contain data-modifying" in shop.problem()
    shop.configure("select nextval('numbers') as n")
    assert "website.orders: the query fails: cannot execute nextval() in a read-only transaction" in shop.problem()


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        (ORDERS.replace("*", "total"), 'website.orders: the query fails: column "total" does not exist.'),
        (ORDERS.replace("orders", "users"), 'website.orders: the query fails: relation "users" does not exist.'),
        (
            "select pg_authid.* from pg_authid",
            "website.orders: the query fails: permission denied for table pg_authid.",
        ),
        ("select '\\x00'::bytea as photo", "website.orders: the column photo is of a type that is no text, number or"),
        ("select '{}'::jsonb as extra", "(dict). Leave it out, or make text of it in the query."),
        ("select array[1] as list", "website.orders: the column list is of a type"),
        ("select interval '1 day' as long", "(timedelta)"),
        ("select 'infinity'::timestamptz as at", "website.orders: the query fails: "),
    ],
    ids=["column", "table", "right", "bytes", "json", "array", "interval", "infinity"],
)
def test_a_query_that_fails_is_said(shop: Shop, orders: str, words: str) -> None:
    shop.configure(orders)
    assert words in shop.problem()


def test_a_query_that_takes_too_long_is_said(shop: Shop) -> None:
    shop.does(f"alter user {READER} set statement_timeout = '100ms'")
    shop.configure("select pg_sleep(30)::text as n")
    problem = shop.problem()
    shop.does(f"alter user {READER} reset statement_timeout")
    assert "website.orders: the database stops the query for the time it takes" in problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong-password"}, f"does not let {READER} in: "),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"port": free_port()}, "cannot be reached: "),
        ({"host": "nowhere.invalid"}, "/nowhere.invalid:"),
        ({"query": {"ssl_ca": "x"}}, 'invalid connection option "ssl_ca"'),
        ({"drivername": "oracle"}, "env:SHOP_URL is of oracle; only postgresql:// and mysql:// can be read."),
    ],
    ids=["password", "database", "unreachable", "host", "parameter", "system"],
)
def test_why_there_is_no_connection_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, admin: Engine, change: dict[str, str], words: str
) -> None:
    url = make_url(f"postgresql://{READER}@{admin.url.host}:{admin.url.port}/{admin.url.database}")
    url = url.set(**{"password": PASSWORD, **change})
    monkeypatch.setenv("SHOP_URL", url.render_as_string(hide_password=False))
    problem = shop.problem()
    assert words in problem and "env:SHOP_URL" in problem and "wrong-password" not in problem


def test_an_address_that_is_none_is_not_shown(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", f"host=localhost password={PASSWORD}")
    assert "what stands in env:SHOP_URL is no address" in shop.problem()


def test_an_encoding_has_no_place(shop: Shop) -> None:
    shop.lab.configure(shop.lab.home.config_file.read_text() + "    decimal_comma: true\n")
    assert "remove the feed's `encoding` and `decimal_comma`" in shop.problem()


def test_pull_sample_needs_no_home(shop: Shop) -> None:
    feed = feeds(shop.lab.home)["website"]
    folder = shop.lab.home.path / "sample"
    assert [path.name for path in pulling.pull_sample(shop.lab.home, feed, folder)] == [
        "website.orders.csv",
        "website.payments.csv",
    ]


def test_what_changes_again_before_the_pull_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that is touched every night never has a time of change in the day before."""
    shop.does(ORDER.format("touched", 1, "2026-11-21 02:00+00"), ORDER.format("later", 1, "2026-11-21 02:30+00"))
    pull_at(monkeypatch, MORNING)
    shop.pull()
    assert [row["order_id"] for row in shop.rows()] == ["touched"]
