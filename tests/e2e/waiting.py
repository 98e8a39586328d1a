"""Waiting for the flow to get somewhere."""

import time

from demo.processes import Flow


def wait_until(flow: Flow, what: str, is_reached, timeout_seconds: float = 120) -> None:
    """Wait for a condition; the flow must be alive meanwhile."""
    deadline = time.monotonic() + timeout_seconds
    while not is_reached():
        flow.check()
        if time.monotonic() > deadline:
            message = f"{what} was not reached within {timeout_seconds:.0f} s"
            raise TimeoutError(message)
        time.sleep(0.2)
