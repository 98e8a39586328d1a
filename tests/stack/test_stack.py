"""The stack comes up, heals, keeps its data and goes down."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient, ConfigResource

from stack.home import PORT_NAMES
from stack.stack import Stack
from stack.topics import CONFIGS, PARTITIONS, create_topics

pytestmark = pytest.mark.stack


def pids(stack: Stack) -> dict[str, int | None]:
    return {part.name: part.pid for part in stack.parts}


def command_line(stack: Stack, command: str) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", "stack", command, "--home", str(stack.home.path)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_up_again_starts_nothing_anew(stack: Stack) -> None:
    before = pids(stack)
    assert None not in before.values()
    assert command_line(stack, "up").returncode == 0
    assert pids(stack) == before


@pytest.mark.parametrize("name", ["postgres", "analytics", "connect"])
def test_up_after_a_crash_starts_only_what_crashed(stack: Stack, name: str) -> None:
    before = pids(stack)
    stack.part(name).kill()
    assert stack.part(name).pid is None
    stack.up()
    after = pids(stack)
    assert [part for part in before if before[part] != after[part]] == [name]


def test_a_restart_keeps_data_and_addresses(stack: Stack) -> None:
    endpoints = stack.endpoints()
    with psycopg.connect(endpoints.shop_dsn) as shop:
        shop.execute("INSERT INTO customers (id) VALUES (7001)")
    stack.down()
    assert set(pids(stack).values()) == {None}
    again = Stack(stack.home.path)
    again.up()
    assert again.endpoints() == endpoints
    with psycopg.connect(endpoints.shop_dsn) as shop:
        assert shop.execute("SELECT count(*) FROM customers WHERE id = 7001").fetchone() == (1,)


def test_status_shows_each_part_and_fails_when_one_hangs(stack: Stack) -> None:
    healthy = command_line(stack, "status")
    assert healthy.returncode == 0
    assert all(f"{part.name} " in healthy.stdout and str(part.pid) in healthy.stdout for part in stack.parts)
    stack.kafka.pause()
    try:
        hanging = command_line(stack, "status")
    finally:
        stack.kafka.resume()
    assert hanging.returncode == 1
    assert "NOT ANSWERING" in hanging.stdout


def test_topics_are_as_the_dataflow_needs_them_and_creating_them_again_changes_nothing(stack: Stack) -> None:
    bootstrap = stack.endpoints().kafka_bootstrap
    assert create_topics(bootstrap) == []
    admin = AdminClient({"bootstrap.servers": bootstrap})
    topics = admin.list_topics(timeout=10).topics
    assert {name: len(topics[name].partitions) for name in PARTITIONS} == PARTITIONS
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in CONFIGS]
    for resource, described in admin.describe_configs(resources).items():
        expected = CONFIGS[resource.name]
        found = {name: described.result(30)[name].value for name in expected}
        assert found == expected, resource.name


def test_the_largest_record_a_broker_takes_fits_the_rejects_topic_with_its_headers(stack: Stack) -> None:
    errors: list[KafkaError | None] = []
    producer = Producer({"bootstrap.servers": stack.kafka.bootstrap, "message.max.bytes": 2_000_000})
    headers = [("rc.error", b"x" * 2000)]
    producer.produce(
        "retentioncast.rejects",
        b"x" * 1_048_000,
        headers=headers,
        on_delivery=lambda error, _: errors.append(error),
    )
    producer.flush(10)
    assert errors == [None]


def test_everything_listens_on_this_machine_only(stack: Stack) -> None:
    tables = [Path(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
    ports = {stack.home.port(name) for name in PORT_NAMES}
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    if not rows:
        pytest.skip("needs /proc/net")
    listening = {int(row[1].split(":")[1], 16): row[1].split(":")[0] for row in rows if row[3] == "0A"}
    # 127.0.0.1, as IPv4 and as the IPv4 address that a JVM's IPv6 socket shows
    local = {"0100007F", "0000000000000000FFFF00000100007F"}
    assert {listening[port] for port in ports} <= local


def test_the_databases_are_closed_to_each_others_roles(stack: Stack) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stack.analytics.dsn("shop", "analytics"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stack.postgres.dsn("retentioncast", "shop"))
    wrong = stack.endpoints().shop_dsn.replace(stack.home.secret("shop"), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
