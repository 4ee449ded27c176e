"""Pulling from a real MariaDB, of Debian's package."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, make_url

from ingest.fetch import sql
from ingest.fetch.base import Pull, PullError, Window
from tests.fetch.databases import engine, free_port, mariadb
from tests.fetch.pulled import MORNING, pull_at
from tests.fetch.shop import FIRST, ORDERS, PASSWORD, PAYMENTS, READER, SECOND, Shop
from tests.ingest.lab import Lab

TABLES = (
    "set time_zone = '+00:00'",
    "drop table if exists orders, payments",
    """create table orders (
        order_id varchar(36) primary key, amount decimal(19,4) not null, currency char(3) not null,
        status text not null, created_at datetime(6) not null,
        updated_at timestamp not null default '2026-11-20 10:00:00'
    ) default charset utf8mb4""",
    """create table payments (
        payment_id bigint primary key, order_id text, amount double, currency text, status text, status_source text,
        created_at timestamp null, is_new tinyint(1), day date, photo blob, extra json, at time, paid_at datetime
    ) default charset utf8mb4""",
)
ORDER = "insert into orders values ('{}', {}, 'EUR', 'new', '2026-11-20 09:30', '{}')"


@pytest.fixture(scope="module")
def admin() -> Iterator[Engine]:
    with mariadb() as url:
        found = engine(url)
        with found.connect() as connection:
            connection.exec_driver_sql(f"create user {READER} identified by '{PASSWORD.replace('%', '%%')}'")
            connection.exec_driver_sql(f"grant select on shop.* to {READER}")
        yield found


@pytest.fixture
def shop(lab: Lab, admin: Engine, monkeypatch: pytest.MonkeyPatch) -> Shop:
    address = f"{admin.url.host}:{admin.url.port}/{admin.url.database}"
    monkeypatch.setenv("SHOP_URL", f"mysql://{READER}:{quote(PASSWORD, safe='')}@{address}")
    shop = Shop(lab, admin)
    shop.does(*TABLES)
    return shop


def changes(shop: Shop, *orders: tuple[str, int, str]) -> None:
    """Orders with their number, amount and time of change in UTC."""
    inserts = [ORDER.format(*order).replace("insert", "replace") for order in orders]
    shop.does("set time_zone = '+00:00'", *inserts)


def test_rows_load_as_they_are(shop: Shop) -> None:
    changes(shop, ("Ж-1", "123456789012345.6789", "2026-11-20 09:00:00"))
    shop.does(
        "insert into payments values (1, 'Ж', 0.1, 'EUR', 'paid', 'webhook', null, true, '2026-11-20', null, "
        "'{}', null, '0000-00-00')"
    )
    shop.configure(
        payments="select payment_id, order_id, amount, is_new, day, extra, created_at, paid_at from payments"
    )
    assert shop.pull().outcome == "pulled"
    assert shop.file().decode() == (
        "order_id,amount,currency,status,created_at,updated_at\r\n"
        "Ж-1,123456789012345.6789,EUR,new,2026-11-20T09:30:00,2026-11-20T10:00:00+01:00\r\n"
    )
    assert shop.file("website.payments").decode() == (
        "payment_id,order_id,amount,is_new,day,extra,created_at,paid_at\r\n"
        "1,Ж,0.1,1,2026-11-20,{},,0000-00-00 00:00:00\r\n"
    )
    shop.lab.run(FIRST)
    assert shop.raw("order_id, amount::varchar, created_at::varchar, updated_at::varchar") == [
        ("Ж-1", "123456789012345.6789", "2026-11-20 08:30:00", "2026-11-20 09:00:00")
    ]


def test_the_next_day_reads_what_changed_and_the_overlap(shop: Shop) -> None:
    changes(shop, ("old", 1, "2026-11-02 10:00"), ("late", 1, "2026-11-20 19:59"), ("next", 1, "2026-11-20 20:00"))
    shop.pull(FIRST)
    shop.lab.run(FIRST)
    changes(shop, ("old", 2, "2026-11-21 08:00"))
    shop.pull(SECOND)
    shop.lab.run(SECOND)
    assert shop.raw("order_id, amount::integer, _extract_date") == [
        ("late", 1, FIRST),
        ("late", 1, SECOND),
        ("next", 1, SECOND),
        ("old", 1, FIRST),
        ("old", 2, SECOND),
    ]


def test_pulling_twice_changes_nothing(shop: Shop) -> None:
    changes(shop, ("1", 1, "2026-11-20 10:00"))
    outcomes = [shop.pull().outcome, shop.pull().outcome]
    shop.lab.run(FIRST)
    before = shop.lab.raw(), shop.lab.operations()
    outcomes += [shop.pull().outcome, shop.pull(again=True).outcome]
    shop.lab.run(FIRST)
    assert outcomes == ["pulled", "already_pulled", "already_pulled", "pulled"]
    assert (shop.lab.raw(), shop.lab.operations()) == before


@pytest.mark.parametrize("column", ["updated_at", "timestampadd(hour, 1, cast(updated_at as datetime))"])
def test_the_window_is_right_for_each_type_of_time(shop: Shop, column: str) -> None:
    """In Yerevan's days, with Berlin's clocks; the session shows Berlin's, the second column would be an hour off."""
    changes(
        shop,
        ("before", 1, "2026-10-31 19:59:59"),
        ("first", 1, "2026-10-31 20:00:00"),
        ("last", 1, "2026-11-20 19:59:59"),
        ("after", 1, "2026-11-20 20:00:00"),
    )
    shop.configure(f"select * from orders where {column} >= :start and {column} < :end order by updated_at")
    shop.pull()
    ids = [row["order_id"] for row in shop.rows()]
    assert ids == (["first", "last"] if column == "updated_at" else ["before", "first"])


@pytest.mark.parametrize(
    ("start", "end", "limits"),
    [
        ("2026-11-01 12:00", "2026-11-20 12:00", ("2026-11-01 13:00", "2026-11-20 13:00")),
        ("2026-10-20 12:00", "2026-11-20 12:00", ("2026-10-20 13:00", "2026-11-20 13:00")),
        ("2026-03-20 12:00", "2026-04-20 12:00", ("2026-03-20 13:00", "2026-04-20 14:00")),
    ],
    ids=["same clock", "back to winter", "on to summer"],
)
def test_a_change_of_clocks_within_the_window_leaves_nothing_out(
    shop: Shop, start: str, end: str, limits: tuple[str, str]
) -> None:
    window = Window(FIRST, *(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end)))
    task = Pull(shop.lab.home, shop.task().feed, window)
    shop.configure("select :start as start, :end as until", "select @@time_zone as zone")
    task = Pull(shop.lab.home, shop.task().feed, window)
    written, zone = (b"".join(page.chunks).decode().splitlines()[1] for page in sql.pages(task))
    assert written == ",".join(f"{limit}:00" for limit in limits)
    assert zone == ("+02:00" if "04-20" in end else "+01:00")


def test_no_rows_are_a_header(shop: Shop) -> None:
    shop.pull()
    assert shop.file() == b"order_id,amount,currency,status,created_at,updated_at\r\n"


def test_all_queries_see_one_moment(shop: Shop) -> None:
    shop.configure(payments=PAYMENTS.replace("*", "payment_id"))
    pages = sql.pages(shop.task())
    list(next(pages).chunks)
    shop.does("insert into payments (payment_id) values (1)")
    assert list(next(pages).chunks) == [b"payment_id\r\n"]


def test_rows_are_streamed(shop: Shop) -> None:
    shop.configure("select if(seq = 5000, (select 1 union select 2), 1) as n from seq_1_to_10000")
    pages = sql.pages(shop.task())
    page, received = next(pages), []
    with pytest.raises(PullError, match=r"website\.orders: the query fails: Subquery returns more than 1 row"):
        received.extend(page.chunks)
    assert sum(chunk.count(b"\r\n") for chunk in received) == 1 + 4 * sql.ROWS_AT_ONCE


def test_a_sample_is_the_first_thousand_rows(shop: Shop) -> None:
    shop.configure("select seq, '50%' from seq_1_to_1000000000", "select 1 as n")
    content = [b"".join(page.chunks) for page in sql.pages(shop.task(is_sample=True))]
    assert [text.count(b"\r\n") for text in content] == [1001, 2]


def test_nothing_can_be_changed(shop: Shop) -> None:
    shop.does("create sequence if not exists numbers", f"grant all on shop.* to {READER}")
    shop.configure("select nextval(numbers) as n")
    problem = shop.problem()
    shop.does(f"revoke insert, update, delete on shop.* from {READER}")
    assert "website.orders: the query fails: Cannot execute statement in a READ ONLY transaction" in problem


@pytest.mark.parametrize(
    ("orders", "words"),
    [
        (ORDERS.replace("*", "total"), "website.orders: the query fails: Unknown column 'total' in "),
        (ORDERS.replace("orders", "users"), "website.orders: the query fails: Table 'shop.users' doesn't exist."),
        ("select x'00ff' as photo", "website.orders: the column photo is of a type that is no text, number or time"),
        ("select time '10:00' as at", "website.orders: the column at is of a type"),
        ("select * from mysql.user", "website.orders: the query fails: "),
    ],
    ids=["column", "table", "bytes", "time", "right"],
)
def test_a_query_that_fails_is_said(shop: Shop, orders: str, words: str) -> None:
    shop.configure(orders)
    assert words in shop.problem()


def test_a_query_that_takes_too_long_is_said(shop: Shop) -> None:
    shop.does(f"alter user {READER} with max_statement_time 0.1")
    shop.configure("select sleep(30) as n from seq_1_to_10")
    problem = shop.problem()
    shop.does(f"alter user {READER} with max_statement_time 0")
    assert "website.orders: the database stops the query for the time it takes" in problem


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong-password"}, f"does not let {READER} in: Access denied for user"),
        ({"database": "nowhere"}, f"does not let {READER} in: "),
        ({"port": free_port()}, "cannot be reached: Can't connect to MySQL server"),
        ({"query": {"sslmode": "require"}}, "has what its driver does not know: "),
        ({"query": {"read_timeout": "soon"}}, "has what its driver does not know: "),
    ],
    ids=["password", "database", "unreachable", "parameter", "value"],
)
def test_why_there_is_no_connection_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, admin: Engine, change: dict[str, str], words: str
) -> None:
    url = make_url(f"mysql://{READER}@{admin.url.host}:{admin.url.port}/{admin.url.database}")
    url = url.set(**{"password": PASSWORD, **change})
    monkeypatch.setenv("SHOP_URL", url.render_as_string(hide_password=False))
    problem = shop.problem()
    assert words in problem and "env:SHOP_URL" in problem and "wrong-password" not in problem


def test_what_changes_again_before_the_pull_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    changes(shop, ("touched", 1, "2026-11-21 02:00"), ("later", 1, "2026-11-21 02:30"))
    pull_at(monkeypatch, MORNING)
    shop.pull()
    assert [row["order_id"] for row in shop.rows()] == ["touched"]
