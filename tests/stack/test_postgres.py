"""A lock that a killed Postgres leaves behind does not keep the next one from starting."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack.postgres import remove_stale_lock

pytestmark = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")


@contextmanager
def running(name: str) -> Iterator[int]:
    """A process with this argument in its command line."""
    with subprocess.Popen(["tail", "-f", "/dev/null", "--", name], stderr=subprocess.DEVNULL) as process:
        while not Path(f"/proc/{process.pid}/cmdline").read_bytes():
            pass  # right after exec it is empty
        yield process.pid
        process.kill()


def lock_of(pid: int, folder: Path) -> Path:
    lock = folder / "postmaster.pid"
    lock.write_text(f"{pid}\n/data\n")
    return lock


def test_the_lock_of_a_number_that_another_program_has_now_is_removed(tmp_path: Path) -> None:
    with running("other") as pid:
        lock = lock_of(pid, tmp_path)
        remove_stale_lock(lock)
    assert not lock.exists()


def test_the_lock_of_a_zombie_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        lock = lock_of(zombie.pid, tmp_path)
        remove_stale_lock(lock)
    assert not lock.exists()


def test_the_lock_of_a_living_postgres_stays(tmp_path: Path) -> None:
    with running("postgres") as pid:
        lock = lock_of(pid, tmp_path)
        remove_stale_lock(lock)
    assert lock.exists()
