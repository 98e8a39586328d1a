"""A connector, as Kafka Connect's REST interface shows it."""

import http.client
import json
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from connectors import backoff
from connectors.errors import ConnectRefusedError

PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 30.0


class Connector:
    """One connector; `url` is http://HOST:PORT/connectors/NAME. Every call waits while Connect rebalances.

    Raises ConnectRefusedError where waiting has not helped.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def topics(self) -> list[str]:
        """Return the topic of each table that is captured."""
        config = self._call("GET", "/config")
        return [f"{config['topic.prefix']}.{table}" for table in config["table.include.list"].split(",")]

    def stop(self) -> None:
        """Stop it until `resume`, and wait until its task has ended."""
        self._call("PUT", "/stop")
        for _ in backoff.attempts(PATIENCE_SECONDS):
            status = self._call("GET", "/status")
            if status["connector"]["state"] == "STOPPED" and not status["tasks"]:
                return
        msg = f"{self._url} does not stop within {PATIENCE_SECONDS:.0f} s: look at Connect's log"
        raise ConnectRefusedError(msg)

    def forget(self) -> None:
        """Forget how far it has read, so that it begins with a snapshot; it must be stopped."""
        self._call("DELETE", "/offsets")

    def resume(self) -> None:
        """Let it go on."""
        self._call("PUT", "/resume")

    def _call(self, method: str, path: str) -> Any:
        for _ in backoff.attempts(PATIENCE_SECONDS):
            request = Request(self._url + path, method=method)  # noqa: S310 - the operator's own address
            try:
                with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                    return json.loads(answer.read() or b"null")
            except HTTPError as error:
                failure = f"{error.code} {error.read().decode(errors='replace')}"
                if error.code not in (http.HTTPStatus.CONFLICT, http.HTTPStatus.INTERNAL_SERVER_ERROR):
                    break
            except (URLError, OSError, http.client.HTTPException) as error:
                failure = str(error)
        msg = f"Connect refuses {method} {self._url}{path}: {failure}"
        raise ConnectRefusedError(msg)
