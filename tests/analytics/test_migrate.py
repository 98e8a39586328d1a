import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from analytics.migrate import FOLDER, MigrationChangedError, migrate

pytestmark = pytest.mark.stack

NAMES = sorted(path.name for path in FOLDER.glob("*.sql"))


@pytest.fixture
def database(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "001_one.sql").write_text("CREATE TABLE one (id integer); CREATE TABLE another (id integer);")
    return tmp_path


def tables(database):
    found = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [name for (name,) in found if name != "migrations"]


def test_the_second_time_nothing_is_applied(database):
    assert migrate(database) == NAMES
    assert migrate(database) == []


def test_what_is_new_is_applied_in_the_order_of_names(database, folder):
    migrate(database, folder)
    (folder / "003_three.sql").write_text("CREATE TABLE three (id integer REFERENCES two)")
    (folder / "002_two.sql").write_text("CREATE TABLE two (id integer PRIMARY KEY)")
    assert migrate(database, folder) == ["002_two.sql", "003_three.sql"]


def test_a_changed_migration_is_refused_before_anything_is_applied(database, folder):
    migrate(database, folder)
    (folder / "000_zero.sql").write_text("CREATE TABLE zero (id integer)")
    (folder / "001_one.sql").write_text("CREATE TABLE one (id bigint)")
    with pytest.raises(MigrationChangedError, match=r"001_one\.sql .* a file of its own"):
        migrate(database, folder)
    assert tables(database) == ["another", "one"]


def test_a_migration_that_fails_leaves_nothing_behind_and_can_be_mended(database, folder):
    second = folder / "002_two.sql"
    second.write_text("CREATE TABLE two (id integer); CREATE TABLE two (id integer);")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(database, folder)
    assert tables(database) == ["another", "one"]
    second.write_text("CREATE TABLE two (id integer)")
    assert migrate(database, folder) == ["002_two.sql"]


def test_many_processes_may_migrate_at_once(dsn):
    def start(_):
        with psycopg.connect(dsn, autocommit=True) as connection:
            return migrate(connection)

    with ThreadPoolExecutor(5) as pool:
        applied = list(pool.map(start, range(5)))
    assert sorted(applied) == [[], [], [], [], NAMES]


def run(dsn):
    command = [sys.executable, "-m", "analytics.migrate", "--dsn", dsn]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_says_what_it_applied(dsn):
    assert run(dsn).stderr == f"applied: {', '.join(NAMES)}\n"
    assert run(dsn).stderr == "applied: nothing, the schema is up to date\n"


def test_the_command_says_why_it_cannot():
    done = run("postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1
    assert done.stderr.startswith("The database was not migrated: ")
    assert "Traceback" not in done.stderr


def test_everything_is_described(database):
    migrate(database)
    undescribed = database.execute(
        """
        WITH described (name, description) AS (
            SELECT oid::regclass::text, obj_description(oid) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
            UNION ALL
            SELECT concat_ws('.', attrelid::regclass, attname), col_description(attrelid, attnum)
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')
                AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT oid::regprocedure::text, obj_description(oid) FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        )
        SELECT name FROM described WHERE coalesce(description, '') = ''
        """
    ).fetchall()
    assert undescribed == []
