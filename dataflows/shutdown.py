"""A clean end: SIGTERM or Ctrl-C lets the sources end, so that a last snapshot is taken."""

import logging
import os
import signal
import sys
import threading
from types import FrameType

GRACE_SECONDS = 10.0

log = logging.getLogger(__name__)


def on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set; where the end takes too long, leave.

    Without this a signal kills the flow between snapshots, and Ctrl-C on one process of a cluster wedges the
    others. A cluster's processes must all be told: one alone waits for the rest and is ended by the timer.
    The next start resumes from the last snapshot either way.
    """
    stopping = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            return
        stopping.set()
        log.info("stopping after signal %d: taking a last snapshot", number)
        timer = threading.Timer(GRACE_SECONDS, _leave, [128 + number])
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return stopping


def _leave(code: int) -> None:
    log.warning("no clean end within %.0f s: leaving; the next start resumes", GRACE_SECONDS)
    sys.stderr.flush()
    os._exit(code)
