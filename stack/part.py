"""A part of the stack: one server with its ports, its start and its stop."""

import signal
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from stack.error import StackError
from stack.home import Home, is_free
from stack.process import Process

REPORT_EVERY_S = 10.0


def say(message: str) -> None:
    """Print a line of progress."""
    print(message, file=sys.stderr, flush=True)


class Part(ABC):
    """One server of the stack, by name. Start and stop may be called in any state."""

    name: str
    port_names: tuple[str, ...]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_timeout_s: ClassVar[float] = 120.0
    stop_timeout_s: ClassVar[float] = 60.0

    def __init__(self, home: Home) -> None:
        self.home = home
        self.process = Process(home.pid_file(self.name), home.log(self.name))

    @abstractmethod
    def prepare(self) -> tuple[list[str | Path], Mapping[str, str] | None]:
        """Make what the server needs in the home; return its command line and environment (None = ours)."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether the server does its work now."""

    @property
    def port(self) -> int:
        """The port that the server's clients use."""
        return self.home.port(self.port_names[0])

    @property
    def pid(self) -> int | None:
        """The server's process id, or None when it is not running."""
        return self.process.pid

    def start(self) -> None:
        """Start the server if it is not running and wait until it answers."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the server if it is not running."""
        if self.pid is not None:
            return
        for name in self.port_names:
            port = self.home.port(name)
            if not is_free(port):
                message = (
                    f"{self.name} cannot start: another process listens on its port {port}. Stop that one"
                    f" (`ss -ltnp` shows it), or `python -m stack down` and delete"
                    f" {self.home.path / 'ports.json'}: new ports are chosen then."
                )
                raise StackError(message)
        self.process.launch(*self.prepare())

    def wait(self) -> None:
        """Wait until the server answers, printing progress."""
        started = reported = time.monotonic()
        while not self.answers():
            now = time.monotonic()
            if self.pid is None:
                raise StackError(self._failure("ended while it was starting"))
            if now - started > self.start_timeout_s:
                raise StackError(self._failure(f"does not answer after {self.start_timeout_s:.0f} s"))
            if now - reported > REPORT_EVERY_S:
                reported = now
                say(f"{self.name}: still starting after {now - started:.0f} s")
            time.sleep(0.1)
        say(f"{self.name}: running on 127.0.0.1:{self.port} (pid {self.pid})")

    def stop(self) -> None:
        """End the server cleanly if it is running."""
        if self.pid is None:
            return
        if self.process.stop(self.stop_signal, self.stop_timeout_s):
            say(f"{self.name}: stopped")
        else:
            say(f"{self.name}: did not stop within {self.stop_timeout_s:.0f} s and was killed")

    def kill(self) -> None:
        """End the server and its children at once (kill -9), as a crash of the machine would."""
        self.process.kill()

    def pause(self) -> None:
        """Freeze the server (SIGSTOP), as a hung machine would."""
        self.process.pause()

    def resume(self) -> None:
        """Undo `pause`."""
        self.process.resume()

    def _failure(self, what: str) -> str:
        return (
            f"{self.name} {what}. The end of its log, {self.process.log}:\n\n{self.process.tail()}\n\n"
            "Mend the cause and run `python -m stack up` again: it starts only what is not running."
        )
