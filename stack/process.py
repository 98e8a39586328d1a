"""A server process that outlives whoever started it."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from stack.error import StackError


def run(command: Sequence[str | Path], failure: str, env: Mapping[str, str] | None = None) -> str:
    """Run a program to its end and return what it printed; StackError(failure + its output) if it fails."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{failure}\n{(done.stdout + done.stderr).strip()[-5000:]}"
        raise StackError(message)
    return done.stdout.strip()


class Process:
    """One server, found again through the lock it holds on its pid file.

    The server inherits the locked file and so holds the lock exactly as long as it (or a child of it) lives.
    A pid file left over from a crash is not locked, whatever process has its number by now.
    """

    def __init__(self, pid_file: Path, log: Path) -> None:
        self.pid_file = pid_file
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it is not running."""
        try:
            file = self.pid_file.open()
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
        if self._child:
            self._child.poll()
        return None

    def launch(self, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        """Start the server in a session of its own, so that our Ctrl-C and our end do not reach it."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.pid_file.open("a") as file, self.log.open("ab") as log:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = f"{self.pid_file} is locked: the server is running or being started already"
                raise StackError(message) from error
            file.truncate(0)
            self._child = subprocess.Popen(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(file.fileno(),),
                start_new_session=True,
            )
            file.write(str(self._child.pid))

    def stop(self, signum: signal.Signals, timeout_s: float) -> bool:
        """Ask the server to end, kill it after timeout_s; return False if it had to be killed."""
        self.resume()  # a paused process would not notice
        self.send(signum)
        if self._gone(timeout_s):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """End the server and its children at once (kill -9), as a crash of the machine would."""
        self._send_to_family(signal.SIGKILL)
        if not self._gone(timeout_s=10):
            message = (
                f"process {self.pid} does not end after kill -9; it hangs in the kernel (disk full or gone?)"
            )
            raise StackError(message)

    def pause(self) -> None:
        """Stop the server and its children in their tracks (SIGSTOP), as a hung disk would."""
        self._send_to_family(signal.SIGSTOP)

    def resume(self) -> None:
        """Undo `pause`."""
        self._send_to_family(signal.SIGCONT)

    def send(self, signum: signal.Signals) -> None:
        """Send a signal to the server's main process, if it is running."""
        if pid := self.pid:
            _send(pid, signum)

    def tail(self, lines: int = 20) -> str:
        """Return the log's last lines."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def _send_to_family(self, signum: signal.Signals) -> None:
        if (pid := self.pid) is None:
            return
        children = Path(f"/proc/{pid}/task/{pid}/children")  # Linux; elsewhere it is the main process alone
        for member in (pid, *map(int, children.read_text().split() if children.exists() else ())):
            _send(member, signum)

    def _gone(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while self.pid is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def _send(pid: int, signum: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it ended by itself meanwhile
        os.kill(pid, signum)
