"""The sink's example beside the real broker, Connect and Postgres."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from stack.home import Home
from tests.alerts.samples import Sample
from tests.contract import check_message
from tests.examples.worker import Worker

AT_RISK = {
    "customer_id": "4711",
    "state": "AT_RISK",
    "since": "2026-05-03T09:12:44.018211Z",
    "overdue_at": "2026-04-20T01:02:03.5Z",
    "at_risk_at": "2026-05-03T09:12:44.018211Z",
    "order_count": 5,
    "model_version": "mbg-nbd:0.6371,51.17,0.8075,1.2284",
}
ACTIVE = {**AT_RISK, "customer_id": "4712", "state": "ACTIVE", "overdue_at": None, "at_risk_at": None}


def state(**values):
    return Sample(
        values["customer_id"].encode(), json.dumps(values).encode(), [("content-type", b"application/json")]
    )


def test_a_column_is_named_for_each_field_of_the_topic():
    config = json.loads(Path("examples/postgres-sink.json").read_text())["config"]
    columns = json.loads(config["value.converter.schema.content"])["fields"]
    key = config["transforms.key.field"]
    assert [key, *(column["field"] for column in columns)] == list(AT_RISK)
    nullable = {name for name, value in ACTIVE.items() if value is None}
    assert {column["field"] for column in columns if column.get("optional")} == nullable
    for sample in (state(**AT_RISK), state(**ACTIVE)):
        check_message("state", sample.headers, sample.value)


def gone(customer_id):
    return Sample(customer_id.encode(), None, [])


@pytest.fixture
def topic(kafka):
    return kafka.make_topic(partitions=4, cleanup_policy="compact")


@pytest.fixture
def dsn(fresh_database):
    return fresh_database()


@pytest.fixture
def worker(kafka, topic, dsn, tmp_path):
    address = urlsplit(dsn)
    variables = {
        "RETENTIONCAST_KAFKA_BOOTSTRAP": kafka.config["bootstrap.servers"],
        "SINK_DB_URL": f"jdbc:postgresql://{address.hostname}:{address.port}{address.path}",
        "SINK_DB_USER": address.username,
        "SINK_DB_PASSWORD": address.password,
    }
    worker = Worker(Home(tmp_path), topic, variables)
    yield worker
    worker.stop()


@pytest.fixture
def table(dsn, worker, wait_for):
    """Wait until the table holds what is given, as long as the connector runs."""
    with psycopg.connect(dsn, autocommit=True) as database:
        readme = Path("examples/README.md").read_text()
        database.execute(re.search(r"^    CREATE TABLE.*?;$", readme, re.MULTILINE | re.DOTALL)[0])

        def lines():
            columns = "customer_id, state, since, overdue_at, order_count"
            return {id_: rest for id_, *rest in database.execute(f"SELECT {columns} FROM customer_states")}

        def holds(expected):
            worker.answers()  # raises when the connector has failed
            return lines() == expected

        yield lambda expected: wait_for(lambda: holds(expected), 120)


@pytest.mark.stack
def test_the_table_holds_each_customers_present_state(worker, put, topic, table):
    put(topic, gone("4710"), gone("4711"), state(**AT_RISK), state(**ACTIVE))
    worker.start()
    since = datetime(2026, 5, 3, 9, 12, 44, 18211, UTC)
    overdue_at = datetime(2026, 4, 20, 1, 2, 3, 500000, UTC)
    table({"4711": ["AT_RISK", since, overdue_at, 5], "4712": ["ACTIVE", since, None, 5]})

    put(topic, gone("4712"), state(**{**AT_RISK, "state": "LAPSED", "order_count": 6, "later_field": 1}))
    table({"4711": ["LAPSED", since, overdue_at, 6]})
