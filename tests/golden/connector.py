"""One connector, through Connect's REST API."""

import json
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any

REBALANCE_S = 60


class Connector:
    """A connector by its name."""

    def __init__(self, connect_url: str, name: str) -> None:
        self.url = f"{connect_url}/connectors/{name}"

    def create(self, config: dict[str, str]) -> None:
        """Have Connect start it."""
        self._call("PUT", "/config", config)

    def is_running(self) -> bool:
        """Tell whether its task runs; RuntimeError with the trace when it has failed."""
        try:
            status = self._call("GET", "/status")
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:  # created a moment ago
                return False
            raise
        parts = [status["connector"], *status["tasks"]]
        for part in parts:
            if part["state"] == "FAILED":
                raise RuntimeError(part["trace"])
        return len(parts) > 1 and all(part["state"] == "RUNNING" for part in parts)

    def delete(self) -> None:
        """Have Connect forget it; its task ends a little later."""
        self._call("DELETE", "")

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        """Return the answer's JSON; HTTPError with Connect's words when it refuses."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310
        deadline = time.monotonic() + REBALANCE_S
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                    return json.loads(response.read() or b"null")
            except urllib.error.HTTPError as error:
                # 409: a rebalance is under way.
                if error.code != HTTPStatus.CONFLICT or time.monotonic() > deadline:
                    error.add_note(error.read().decode())
                    raise
            time.sleep(0.5)
