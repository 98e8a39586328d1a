"""A home: the folder that holds everything one stack keeps."""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.error import StackError

PORT_NAMES = ("postgres", "analytics", "kafka", "kafka_controller", "connect")
# Below the range from which systems take the local ports of outgoing connections: while a stack is down,
# nothing takes its ports by accident.
PORT_RANGE = range(15_000, 30_000)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting for whoever else holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Replace the file's content as a whole; only its owner can read it at any time."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that are still in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports() -> dict[str, int]:
    """Return one free port for each of PORT_NAMES, all different."""
    ports: set[int] = set()
    while len(ports) < len(PORT_NAMES):
        port = PORT_RANGE[secrets.randbelow(len(PORT_RANGE))]
        if is_free(port):
            ports.add(port)
    return dict(zip(PORT_NAMES, ports, strict=True))


class Home:
    """Paths, ports and passwords. Ports and passwords are chosen when first asked for and then kept."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def lock(self) -> Path:
        """Return the file that `up` and `down` lock, so that two of them do not work at once."""
        return self.path / "lock"

    def log(self, part: str) -> Path:
        """Return the log file of one part."""
        return self.path / "logs" / f"{part}.log"

    def pid_file(self, part: str) -> Path:
        """Return the file with the process id of one part."""
        return self.path / "run" / f"{part}.pid"

    def port(self, name: str) -> int:
        """Return the port that goes by one of PORT_NAMES."""
        file = self.path / "ports.json"
        if not file.exists():
            write_private(file, json.dumps(choose_ports(), indent=2) + "\n")
        try:
            return int(json.loads(file.read_text())[name])
        except (ValueError, KeyError) as error:
            message = f"{file} is damaged ({error!r}); delete it to have new ports chosen"
            raise StackError(message) from error

    def secret(self, role: str) -> str:
        """Return the password of one database role."""
        file = self.path / "secrets" / role
        if not file.exists():
            write_private(file, secrets.token_hex(24))
        return file.read_text()
