"""What Kafka's clients report, in Python's log."""

import logging
import time

from confluent_kafka import KafkaError

REPEAT_SECONDS = 30.0

log = logging.getLogger(__name__)


class ErrorLog:
    """Logs a client's errors, each kind once in a while: librdkafka reports an outage twenty times a second.

    These are errors that librdkafka mends by itself; what it cannot mend is raised by the call that meets it.
    """

    def __init__(self, client: str) -> None:
        self._client = client
        self._logged_at_s: dict[int, float] = {}

    def __call__(self, error: KafkaError) -> None:
        """Take an error in, as librdkafka's `error_cb`."""
        now_s = time.monotonic()
        if now_s - self._logged_at_s.get(error.code(), -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._logged_at_s[error.code()] = now_s
            log.warning("%s: %s", self._client, error.str())


def quiet(client: str) -> dict[str, object]:
    """Return the configuration of a client that logs through Python, without librdkafka's own lines."""
    return {"log_level": 0, "error_cb": ErrorLog(client)}
