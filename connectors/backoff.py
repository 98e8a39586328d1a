"""How long to wait between attempts, and when to give up."""

import random
import time
from collections.abc import Iterator

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 5.0


def attempts(limit_seconds: float) -> Iterator[int]:
    """Yield attempt after attempt, from 1; end when another one would come later than the limit.

    Between them sleep a random part of a delay that doubles, so that processes which failed together do not
    come back together.
    """
    deadline = time.monotonic() + limit_seconds
    delay = FIRST_DELAY_SECONDS
    attempt = 0
    while True:
        attempt += 1
        yield attempt
        pause = random.uniform(delay / 2, delay)  # noqa: S311 - not a secret
        if time.monotonic() + pause > deadline:
            return
        time.sleep(pause)
        delay = min(2 * delay, LONGEST_DELAY_SECONDS)
