"""A server process is found again by its lock, not by its number."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack.error import StackError
from stack.process import Process, run

DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.1; done"


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path / "run" / "server.pid", tmp_path / "logs" / "server.log")
    yield process
    process.kill()


def test_is_not_running_before_it_is_launched(process: Process) -> None:
    assert process.pid is None


def test_a_stale_pid_file_with_the_number_of_a_living_process_does_not_fool(process: Process) -> None:
    process.pid_file.parent.mkdir()
    with subprocess.Popen(["sleep", "60"]) as other:
        process.pid_file.write_text(str(other.pid))
        assert process.pid is None
        process.launch(["sleep", "60"])
        assert process.pid not in (None, other.pid)
        process.kill()
        assert other.poll() is None
        other.kill()


def test_is_found_by_someone_who_did_not_launch_it(process: Process) -> None:
    process.launch(["sleep", "60"])
    assert Process(process.pid_file, process.log).pid == process.pid


def test_survives_its_launcher_and_is_out_of_reach_of_its_ctrl_c(process: Process) -> None:
    code = (
        "import sys; from pathlib import Path; from stack.process import Process\n"
        "Process(Path(sys.argv[1]), Path(sys.argv[2])).launch(['sleep', '60'])"
    )
    subprocess.run([sys.executable, "-c", code, process.pid_file, process.log], check=True)
    assert process.pid is not None
    assert os.getsid(process.pid) == process.pid


def test_cannot_be_launched_twice(process: Process) -> None:
    process.launch(["sleep", "60"])
    with pytest.raises(StackError, match="running"):
        process.launch(["sleep", "60"])


def test_is_gone_at_once_after_kill_though_its_launcher_has_not_collected_it(process: Process) -> None:
    process.launch(["sleep", "60"])
    process.kill()
    assert process.pid is None
    process.launch(["sleep", "60"])
    assert process.pid is not None


def test_stops_cleanly_even_when_paused(process: Process) -> None:
    process.launch(["sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done"])
    wait_until(lambda: process.tail() != "")
    process.pause()
    assert process.stop(signal.SIGTERM, timeout_s=10)
    assert process.pid is None


def test_is_killed_when_it_does_not_listen(process: Process) -> None:
    process.launch(["sh", "-c", DEAF])
    wait_until(lambda: process.tail() != "")
    assert not process.stop(signal.SIGTERM, timeout_s=0.2)
    assert process.pid is None


def test_pausing_freezes_the_children_too(process: Process) -> None:
    process.launch(["sh", "-c", "sleep 60 & echo $!; wait"])
    wait_until(lambda: process.tail() != "")
    child = Path("/proc") / process.tail() / "stat"
    if not child.exists():
        pytest.skip("needs /proc")
    process.pause()
    wait_until(lambda: child.read_text().split()[2] == "T")
    process.resume()
    wait_until(lambda: child.read_text().split()[2] != "T")


def test_a_failing_program_is_reported_with_what_it_said() -> None:
    with pytest.raises(StackError, match="It broke:\nbecause"):
        run(["sh", "-c", "echo because >&2; exit 3"], "It broke:")
