"""The role that may only read: what it can see, and all that it must not be able to do."""

import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from analytics.migrate import FOLDER, migrate
from stack.home import Home
from stack.postgres import Postgres

pytestmark = pytest.mark.stack


@pytest.fixture
def owner(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        migrate(connection)
        connection.execute("INSERT INTO shop (currency, time_zone) VALUES ('EUR', 'Europe/Berlin')")
        connection.execute("INSERT INTO stream_time (now, alerts_since) VALUES ('2026-07-01', '2026-07-01')")
        yield connection


@pytest.fixture
def reader(postgres, dsn, owner):
    """A connection of a login that is a member of the role."""
    name, secret = f"reader_{uuid.uuid4().hex}", uuid.uuid4().hex
    login = sql.Identifier(name)
    with psycopg.connect(postgres.endpoints().analytics_admin_dsn, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE retentioncast_bi").format(login, secret)
        )
        with psycopg.connect(make_conninfo(dsn, user=name, password=secret), autocommit=True) as connection:
            yield connection
        admin.execute(sql.SQL("DROP ROLE {}").format(login))


def relations(owner):
    found = owner.execute(
        "SELECT relname FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'v', 'm') AND relname <> 'migrations'"
    )
    return {name for (name,) in found}


def test_every_table_and_view_can_be_read(owner, reader):
    names = relations(owner)
    assert {"rfm", "purchases", "customers_now", "segments", "store_churn", "store_hours"} < names
    for name in names:
        reader.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name)))


@pytest.mark.parametrize(
    "call",
    [
        "retention()",
        "lifecycle('2026-06-01', '2026-07-01')",
        "period_churn(30)",
        "expected_revenue(30)",
    ],
)
def test_every_function_can_be_asked(reader, call):
    reader.execute(f"SELECT * FROM {call}")


def test_what_later_migrations_make_can_be_read_as_well(owner, reader, tmp_path):
    for path in FOLDER.glob("*.sql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "999_later.sql").write_text(
        "CREATE TABLE later (id integer); CREATE VIEW later_still AS SELECT * FROM later"
    )
    assert migrate(owner, tmp_path) == ["999_later.sql"]
    reader.execute("SELECT * FROM later")
    reader.execute("SELECT * FROM later_still")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("INSERT INTO later VALUES (1)")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {} DEFAULT VALUES",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "DO $$ BEGIN LOCK TABLE {}; END $$",
    ],
)
def test_no_table_can_be_changed(owner, reader, statement):
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = [name for (name,) in owner.execute(query)]
    assert len(tables) > 8
    for name in tables:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(sql.SQL(statement).format(sql.Identifier(name)))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM migrations",
        "UPDATE rfm SET order_value = 0",
        "UPDATE stream_time SET now = '2030-01-01'",
        "SELECT * FROM rfm FOR UPDATE",
        "INSERT INTO rfm (customer_id) VALUES ('c1') ON CONFLICT DO NOTHING",
        "MERGE INTO shop USING stream_time ON true WHEN MATCHED THEN DELETE",
        "COPY erasures FROM STDIN",
        "DELETE FROM customers_now",
        "CREATE TABLE mine (id integer)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql RETURN 1",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "CREATE INDEX ON rfm (order_value)",
        "ALTER TABLE rfm ADD COLUMN mine integer",
        "ALTER FUNCTION retention STRICT",
        "COMMENT ON TABLE rfm IS ''",
        "GRANT SELECT ON migrations TO retentioncast_bi",
        "SELECT nextval('executions')",
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT tell_hour()",
        "SET ROLE retentioncast",
        "ALTER SYSTEM SET work_mem = '1GB'",
        "COPY rfm TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_nothing_else_is_allowed(owner, reader, statement):
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectNotInPrerequisiteState)):
        reader.execute(statement)


def test_granting_what_one_has_not_grants_nothing(owner, reader):
    reader.execute("GRANT SELECT, UPDATE ON rfm TO PUBLIC")  # a warning, by Postgres
    granted = owner.execute("SELECT has_table_privilege('retentioncast_bi', 'rfm', 'UPDATE')").fetchone()
    assert granted == (False,)


def test_nobody_can_log_in_as_the_role_itself(owner):
    found = owner.execute(
        "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles "
        "WHERE rolname = 'retentioncast_bi'"
    )
    assert found.fetchall() == [(False, False, False, False)]


@pytest.fixture
def server(tmp_path_factory):
    """A server that has never heard of the role."""
    server = Postgres(Home(tmp_path_factory.mktemp("server")), "analytics", {})
    server.start()
    yield server
    server.stop()


def test_the_role_is_made_where_it_is_missing_or_asked_for(server):
    with psycopg.connect(server.dsn("postgres", "postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE plain LOGIN PASSWORD '{server.home.secret('plain')}'")
        admin.execute("CREATE DATABASE first OWNER plain")
        admin.execute("CREATE DATABASE second")
    with psycopg.connect(server.dsn("plain", "first"), autocommit=True) as first:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="run CREATE ROLE retentioncast_bi"):
            migrate(first)
        with psycopg.connect(server.dsn("postgres", "second"), autocommit=True) as second:
            assert "012_roles.sql" in migrate(second)
            query = "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'retentioncast_bi'"
            assert second.execute(query).fetchall() == [(False,)]
        assert "012_roles.sql" in migrate(first)
