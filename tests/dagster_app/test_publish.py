"""Write, audit, publish."""

import duckdb
import pytest

from dagster_app.publish import PublishError, Table, publish

TABLES = [
    Table("marts", "fct_x", "What it's for", {"amount": "Money, «₽»", "id": "", "not_there": "never mind"}),
    Table("staging", "stg_x"),
]


@pytest.fixture
def warehouse(tmp_path):
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in (
            "create schema marts",
            "create schema staging",
            "create schema raw",
            "create table marts.fct_x as select 1 as id, cast(1.5 as decimal(19, 4)) as amount",
            "create view staging.stg_x as select range as id from range(10)",
            "create table marts.fct_x__dbt_tmp as select 1 as leftover",
        ):
            connection.execute(statement).fetchall()
    return path


def read(path, query):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_tested_tables_are_copied_with_their_comments(warehouse, tmp_path):
    database = tmp_path / "published" / "sverka.duckdb"
    publication = publish(warehouse, database, [*TABLES, Table("raw", "secret")])
    assert publication.rows == {("marts", "fct_x"): 1, ("staging", "stg_x"): 10}
    assert publication.size == database.stat().st_size
    tables = read(database, "select schema_name, table_name, comment from duckdb_tables() order by all")
    assert tables == [("marts", "fct_x", "What it's for"), ("staging", "stg_x", None)]
    comments = read(database, "select comment from duckdb_columns() where comment is not null")
    assert comments == [("Money, «₽»",)]
    assert read(database, "select typeof(amount) from marts.fct_x") == [("DECIMAL(19,4)",)]


def test_only_the_database_is_left_and_a_stale_copy_of_a_killed_run_is_replaced(warehouse, tmp_path):
    database = tmp_path / "published" / "sverka.duckdb"
    database.parent.mkdir()
    (database.parent / "sverka.duckdb.new").write_bytes(b"half a database")
    (database.parent / "sverka.duckdb.new.wal").write_bytes(b"and its log")
    publish(warehouse, database, TABLES)
    assert [path.name for path in database.parent.iterdir()] == ["sverka.duckdb"]


def test_the_file_opens_with_duckdb_1_5(warehouse, tmp_path):
    database = tmp_path / "published" / "sverka.duckdb"
    publish(warehouse, database, TABLES)
    tags = read(database, "select tags from duckdb_databases() where database_name = 'sverka'")
    assert tags == [({"storage_version": "v1.5.0+"},)]


def test_a_missing_table_leaves_what_is_published(warehouse, tmp_path):
    database = tmp_path / "published" / "sverka.duckdb"
    publish(warehouse, database, TABLES)
    before = database.read_bytes()
    with pytest.raises(PublishError, match=r"does not have marts\.fct_gone"):
        publish(warehouse, database, [*TABLES, Table("marts", "fct_gone")])
    assert database.read_bytes() == before


def test_a_reader_goes_on_with_the_old_tables(warehouse, tmp_path):
    database = tmp_path / "published" / "sverka.duckdb"
    publish(warehouse, database, TABLES)
    reader = duckdb.connect(str(database), read_only=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into marts.fct_x values (2, 2)").fetchall()
    publish(warehouse, database, TABLES)
    assert reader.execute("select count(*) from marts.fct_x").fetchall() == [(1,)]
    reader.close()
    assert read(database, "select count(*) from marts.fct_x") == [(2,)]
