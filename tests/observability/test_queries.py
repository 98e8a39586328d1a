"""What panels ask the analytics database can be asked by its readers."""

import re
import uuid
from datetime import datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from analytics.migrate import migrate
from tests.observability.files import targets

pytestmark = pytest.mark.stack

QUERIES = targets("grafana-postgresql-datasource")
STORE = """
    INSERT INTO shop (currency, time_zone) VALUES ('EUR', 'Europe/Berlin');
    INSERT INTO stream_time (now, alerts_since) VALUES ('2026-06-01T12:00Z', '2026-05-01');
    INSERT INTO store_windows VALUES
        ('2026-05-30', 3, 70, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        ('2026-06-01', 2, 50, -5, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1);
    INSERT INTO models (version, family, r, alpha_days, a, b, threshold, quantile, lapse_days)
        VALUES ('m', 'MBG/NBD', 1, 1, 1, 1, 0.5, 0.9, 90);
    INSERT INTO rfm (
        customer_id, first_purchase, latest_purchase, order_count, order_value, currency, state, state_since,
        model_version, version, execution
    ) VALUES ('c', '2026-05-30', '2026-05-30', 1, 10, 'EUR', 'AT_RISK', '2026-06-01', 'm', 1, 1);
    INSERT INTO alerts (
        alert_id, customer_id, status, level, raised_at, first_purchase, latest_purchase, latest_order_id,
        order_count, order_value, currency, value_at_risk, campaign, arm, model_version, first_told_at,
        execution
    ) VALUES (
        'c/1', 'c', 'open', 'AT_RISK', '2026-06-01', '2026-05-30', '2026-05-30', '1', 1, 10, 'EUR', 5,
        'winback', 'treatment', 'm', '2026-06-01', 1
    );
"""


@pytest.fixture
def reader(postgres, fresh_database):
    """A connection of a login that is a member of the readers' role, to a store of two days."""
    dsn, name, secret = fresh_database(), f"reader_{uuid.uuid4().hex}", uuid.uuid4().hex
    with psycopg.connect(dsn, autocommit=True) as owner:
        migrate(owner)
        owner.execute(STORE)
    with psycopg.connect(postgres.endpoints().analytics_admin_dsn, autocommit=True) as admin:
        login = sql.Identifier(name)
        admin.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE retentioncast_bi").format(login, secret)
        )
        try:
            with psycopg.connect(make_conninfo(dsn, user=name, password=secret)) as connection:
                yield connection
        finally:
            admin.execute(sql.SQL("DROP ROLE {}").format(login))


@pytest.mark.parametrize(("name", "target"), QUERIES)
def test_a_query_answers_in_the_form_that_its_panel_asks_for(reader, name, target):
    text = re.sub(
        r"\$__timeFilter\((\w+)\)",
        r"\1 BETWEEN '2026-05-02T00:00:00Z' AND '2026-06-01T12:00:00Z'",
        target["rawSql"],
    )
    assert "$" not in text, "a macro that this test does not know"
    cursor = reader.execute(text)
    lines = cursor.fetchall()
    assert lines
    names = [column.name for column in cursor.description]
    assert len(set(names)) == len(names) > 0
    if target["format"] == "time_series":
        times = [line[names.index("time")] for line in lines]
        assert all(isinstance(time, datetime) for time in times)
        assert times == sorted(times)


def test_the_active_are_those_who_came_less_those_who_fell_silent(reader):
    [query] = [target["rawSql"] for name, target in QUERIES if name.endswith(": Active customers")]
    lines = reader.execute(query.replace("$__timeFilter(day)", "day = '2026-06-01'")).fetchall()
    assert [line[1:] for line in lines] == [(3, 4, 4)]
