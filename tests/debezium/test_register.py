"""The connector is registered by one script, which refuses a shop that would give false events."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from stack.error import StackError
from stack.stack import Stack

REGISTER = Path(__file__).parents[2] / "debezium" / "register.sh"


@pytest.fixture
def admin(stack: Stack) -> Iterator[psycopg.Connection]:
    with psycopg.connect(stack.endpoints().shop_admin_dsn, autocommit=True) as admin:
        yield admin


def test_help_names_the_variables() -> None:
    done = subprocess.run(["sh", REGISTER, "--help"], capture_output=True, text=True, check=True)
    assert "CONNECT_URL" in done.stdout
    assert "set -eu" not in done.stdout


@pytest.mark.stack
def test_registering_again_changes_nothing(stack: Stack) -> None:
    stack.connect.register()
    stack.connect.register()
    assert stack.connect.connector_state() == "RUNNING"


@pytest.mark.stack
def test_a_table_without_full_before_images_is_refused_with_the_cure(
    stack: Stack, admin: psycopg.Connection
) -> None:
    admin.execute("ALTER TABLE orders REPLICA IDENTITY DEFAULT")
    try:
        with pytest.raises(StackError) as refused:
            stack.connect.register()
    finally:
        admin.execute("ALTER TABLE orders REPLICA IDENTITY FULL")
    assert "ALTER TABLE public.orders REPLICA IDENTITY FULL;" in str(refused.value)
    assert "public.customers" not in str(refused.value)


@pytest.mark.stack
def test_a_table_that_is_not_published_is_refused(stack: Stack, admin: psycopg.Connection) -> None:
    admin.execute("ALTER PUBLICATION retentioncast DROP TABLE customers")
    try:
        with pytest.raises(StackError, match=r"public\.customers is not in publication retentioncast"):
            stack.connect.register()
    finally:
        admin.execute("ALTER PUBLICATION retentioncast ADD TABLE customers")


@pytest.mark.stack
def test_a_connector_that_fails_is_reported_with_its_own_words(stack: Stack) -> None:
    environment = {**os.environ, "CONNECT_URL": stack.connect.url, "CONNECTOR": "shop-of-nobody"}
    broken = REGISTER.read_text().replace("$here/connector.json", str(stack.home.path / "broken.json"))
    config = (REGISTER.parent / "connector.json").read_text().replace("io.debezium", "io.nobody")
    (stack.home.path / "broken.json").write_text(config)
    done = subprocess.run(["sh", "-c", broken], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "io.nobody" in done.stderr
