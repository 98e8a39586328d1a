"""The connector's configuration fits the publication, the topics and the worker."""

import json
import re
from pathlib import Path

from stack.topics import PARTITIONS

ROOT = Path(__file__).parents[2]
CONNECTOR = json.loads((ROOT / "debezium" / "connector.json").read_text())
TABLES = CONNECTOR["table.include.list"].split(",")


def test_it_is_flat_and_all_strings_as_connect_wants_it() -> None:
    assert all(isinstance(value, str) for value in CONNECTOR.values())


def test_it_names_no_host_user_or_password() -> None:
    private = {key: value for key, value in CONNECTOR.items() if key.startswith("database.")}
    assert len(private) == 5
    assert all(re.fullmatch(r"\$\{env:SHOP_DB_\w+\}", value) for value in private.values())


def test_the_worker_lets_it_read_each_variable_it_names() -> None:
    worker = (ROOT / "stack" / "connect.properties").read_text()
    found = re.search(r"allowlist\.pattern=(.+)", worker)
    assert found
    allowed = found[1].replace("$$", "$")
    names = re.findall(r"\$\{env:(\w+)\}", " ".join(CONNECTOR.values()))
    assert names
    assert all(re.fullmatch(allowed, name) for name in names)
    assert not re.fullmatch(allowed, "PATH")


def test_its_publication_is_one_that_somebody_else_makes() -> None:
    assert CONNECTOR["publication.name"] == "retentioncast"
    assert CONNECTOR["publication.autocreate.mode"] == "disabled"


def test_each_captured_table_has_its_topic() -> None:
    topics = {f"{CONNECTOR['topic.prefix']}.{table}" for table in TABLES}
    assert topics == {topic for topic in PARTITIONS if topic.startswith("shop.")}
