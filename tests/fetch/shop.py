"""A website's database that is pulled into a lab's home: what both kinds of databases are asked in tests."""

import csv
import io
from datetime import date
from typing import Any

from sqlalchemy import Engine

from ingest.fetch import pulling
from ingest.fetch.base import Pull
from ingest.fetch.pulling import Pulled
from ingest.fetch.records import cursor
from ingest.settings import feeds
from tests.ingest.lab import Lab

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)
READER, PASSWORD = "sverka", "p@ss/word%41"
ORDERS = "select * from orders where updated_at >= :start and updated_at < :end order by order_id"
PAYMENTS = "select * from payments order by payment_id"
CONFIGURATION = """
feeds:
  - name: website
    contracts: [website.orders, website.payments]
    timezone: Europe/Berlin
    pull:
      system: sql
      since: 2026-11-01
      url: env:SHOP_URL
      queries:
        website.orders: |
          {orders}
        website.payments: |
          {payments}
"""


class Shop:
    """``engine`` is the shop's own way into its database."""

    def __init__(self, lab: Lab, engine: Engine) -> None:
        self.lab = lab
        self.engine = engine
        self.configure()

    def configure(self, orders: str = ORDERS, payments: str = PAYMENTS) -> None:
        self.lab.configure(CONFIGURATION.format(orders=orders, payments=payments))

    def does(self, *statements: str) -> None:
        with self.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def pull(self, day: date = FIRST, again: bool = False) -> Pulled:
        [pulled] = pulling.pull(self.lab.home, day, again=again).feeds
        return pulled

    def problem(self) -> str:
        """What is said of a pull that must fail and leave nothing."""
        pulled = self.pull()
        assert pulled.outcome == "failed" and pulled.message
        assert list((self.lab.home.inbox / "website").glob("*")) == []
        assert PASSWORD not in pulled.message
        return pulled.message

    def file(self, contract: str = "website.orders", day: date = FIRST) -> bytes:
        return (self.lab.home.inbox / "website" / str(day) / f"{contract}.csv").read_bytes()

    def rows(self, contract: str = "website.orders", day: date = FIRST) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.file(contract, day).decode(), newline="")))

    def raw(self, columns: str) -> list[tuple[Any, ...]]:
        return self.lab.query(f"select {columns} from raw.website__orders order by all")

    def task(self, is_sample: bool = False) -> Pull:
        """What a pull of the first day asks the system."""
        feed = feeds(self.lab.home)["website"]
        return Pull(self.lab.home, feed, pulling._window(self.lab.home, feed, FIRST, cursor([])), is_sample)
