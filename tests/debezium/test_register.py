"""The connector is registered by one script, which refuses a shop that would give false events."""

import json
import os
import shutil
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


def register_copy(
    stack: Stack, name: str, changes: dict[str, str], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Register a changed connector under another name, without the check of the catalogue."""
    folder = stack.home.path / name
    folder.mkdir()
    config = json.loads((REGISTER.parent / "connector.json").read_text())
    (folder / "connector.json").write_text(json.dumps({**config, **changes}))
    shutil.copy(REGISTER, folder)
    env = {**os.environ, "CONNECT_URL": stack.connect.url, "CONNECTOR": name, **variables}
    return subprocess.run(
        ["sh", folder / "register.sh"], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.stack
def test_a_configuration_that_connect_refuses_is_reported_with_its_words(stack: Stack) -> None:
    done = register_copy(stack, "refused", {"connector.class": "io.nobody.Connector"})
    assert done.returncode == 1
    assert "Failed to find any class that implements Connector" in done.stderr


@pytest.mark.stack
def test_a_task_that_fails_is_reported_with_its_trace(stack: Stack) -> None:
    changes = {"publication.name": "nowhere", "slot.name": "nowhere"}
    done = register_copy(stack, "failing", changes)
    subprocess.run(["curl", "-fsS", "-X", "DELETE", f"{stack.connect.url}/connectors/failing"], check=True)
    assert done.returncode == 1
    assert "Publication autocreation is disabled" in done.stderr
    assert "\n    at io.debezium" in done.stderr.expandtabs(4)
