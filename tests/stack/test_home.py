"""A home keeps its ports and passwords."""

import json
import socket
from pathlib import Path

import pytest

from stack.error import StackError
from stack.home import PORT_NAMES, PORT_RANGE, Home, choose_ports, is_free
from stack.kafka import Kafka


def test_ports_are_different_free_and_below_the_range_of_outgoing_connections() -> None:
    ports = choose_ports()
    assert set(ports) == set(PORT_NAMES)
    assert len(set(ports.values())) == len(PORT_NAMES)
    assert all(is_free(port) and port in PORT_RANGE for port in ports.values())


def test_a_port_with_a_listener_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_ports_and_passwords_are_kept(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    assert [first.port(name) for name in PORT_NAMES] == [second.port(name) for name in PORT_NAMES]
    assert first.secret("shop") == second.secret("shop")
    assert first.secret("shop") != first.secret("capture")


def test_passwords_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    Home(tmp_path).secret("shop")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "secrets" / "shop").stat().st_mode & 0o777 == 0o600


def test_a_damaged_ports_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text("{}")
    with pytest.raises(StackError, match=r"ports\.json is damaged.*delete it"):
        Home(tmp_path).port("kafka")


def test_a_part_whose_port_is_taken_says_which(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        (tmp_path / "ports.json").write_text(json.dumps({**choose_ports(), "kafka_controller": taken}))
        with pytest.raises(StackError, match=f"listens on its port {taken}"):
            Kafka(home).launch()
