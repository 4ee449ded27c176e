"""Dagster's event log in SQLite files, with database connections that are kept.

A run of ours records an event or two for each of some two hundred tables and tests. The stock storage makes an engine,
a connection and all its compiled statements anew for every one of them, and asks the file for its schema several times
for each, which took longer than the models themselves.
The files and their content are the stock storage's: without the `event_log_storage` entry of dagster.yaml it reads
them.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster import _check as check
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listen
from sqlalchemy.pool import QueuePool

KEPT = 8
"""Engines kept: that of the index and of the runs used last."""

TIMEOUT_SECONDS = 60


def _sync_at_checkpoints(connection: Any, _: Any) -> None:
    """With a write-ahead log this cannot corrupt the file; a power cut may lose the last events of a run."""
    connection.execute("pragma synchronous = normal")


def _asked_until_yes(question: Callable[..., bool]) -> Callable[..., bool]:
    """Keep a yes about the schema of the index, which only grows; the last argument is what was asked for."""

    def answer(self: "EventLog", *arguments: Any) -> bool:
        known = (question.__name__, arguments[-1])
        if known not in self._present and question(self, *arguments):
            self._present.add(known)
        return known in self._present

    return answer


class EventLog(SqliteEventLogStorage):
    """SqliteEventLogStorage that uses one pooled engine per database file, and asks for its schema once."""

    has_table = _asked_until_yes(SqliteEventLogStorage.has_table)
    has_asset_key_col = _asked_until_yes(SqliteEventLogStorage.has_asset_key_col)
    has_secondary_index = _asked_until_yes(SqliteEventLogStorage.has_secondary_index)
    _has_asset_key_col_on_connection = _asked_until_yes(SqliteEventLogStorage._has_asset_key_col_on_connection)

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._present: set[tuple[str, str]] = set()
        super().__init__(base_dir, inst_data=inst_data)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Nothing to configure: the files are where the stock storage has them, in `$DAGSTER_HOME/history/runs`."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> "EventLog":
        """The event log of this process's DAGSTER_HOME."""
        check.mapping_param(config_value, "config_value")
        return cls(os.path.join(os.environ["DAGSTER_HOME"], "history", "runs"), inst_data)  # noqa: PTH118

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        address = self.conn_string_for_shard(shard)
        if address not in self._engines:
            arguments = {"timeout": TIMEOUT_SECONDS, "check_same_thread": False}
            engine = create_engine(address, poolclass=QueuePool, pool_size=1, connect_args=arguments)
            listen(engine, "connect", _sync_at_checkpoints)
            self._engines[address] = engine
        self._engines.move_to_end(address)
        while len(self._engines) > KEPT:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[address]

    def dispose(self) -> None:
        """Close the connections."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()
