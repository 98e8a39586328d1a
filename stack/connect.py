"""The Kafka Connect worker with Debezium's Postgres connector."""

import http.client
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from stack.artifacts import PLUGINS
from stack.error import StackError
from stack.home import Home, write_private
from stack.kafka import java_command
from stack.part import Part, say
from stack.postgres import binaries
from stack.process import run

HERE = Path(__file__).parent
REGISTER = HERE.parent / "debezium" / "register.sh"
HEAP = "512m"
CONNECTOR = "shop"


class Connect(Part):
    """The worker on 127.0.0.1."""

    name = "connect"
    port_names = ("connect",)

    def __init__(self, home: Home, heartbeat_interval_ms: int) -> None:
        super().__init__(home)
        self.heartbeat_interval_ms = heartbeat_interval_ms

    @property
    def url(self) -> str:
        """The address of the worker's REST API."""
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> tuple[list[str | Path], Mapping[str, str] | None]:
        """Write the worker's configuration."""
        config = self.home.path / "connect" / "connect.properties"
        template = Template((HERE / "connect.properties").read_text())
        kafka_port = self.home.port("kafka")
        write_private(config, template.substitute(port=self.port, kafka_port=kafka_port, plugins=PLUGINS))
        command = java_command(HEAP, "org.apache.kafka.connect.cli.ConnectDistributed", config)
        return command, {**self._environment(), "HEARTBEAT_INTERVAL_MS": str(self.heartbeat_interval_ms)}

    def answers(self) -> bool:
        """Tell whether the worker has joined its group."""
        return self._get("/health") is not None

    def connector_state(self) -> str:
        """Return RUNNING when connector and task run, else the state of what does not; NONE when unknown."""
        status = self._get(f"/connectors/{CONNECTOR}/status")
        if status is None:
            return "NONE"
        states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
        if len(states) == 1:
            return "NO TASK"
        return next((state for state in states if state != "RUNNING"), "RUNNING")

    def restart_failed(self) -> None:
        """Restart a task that has failed, as whoever supervises Connect must: it does not do so itself."""
        if self.connector_state() == "FAILED":
            self._request("POST", f"/connectors/{CONNECTOR}/restart?includeTasks=true&onlyFailed=true")

    def register(self) -> None:
        """Register the connector through debezium/register.sh and wait until it runs."""
        if shutil.which("curl") is None:
            message = "The connector is registered with curl. Install the package curl and try again."
            raise StackError(message)
        env = {**self._environment(), "CONNECT_URL": self.url, "CONNECTOR": CONNECTOR}
        env["PATH"] = f"{binaries()}{os.pathsep}{env['PATH']}"  # for psql
        say(run(["sh", REGISTER], f"The connector does not run; Connect's log is {self.process.log}", env))

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "SHOP_DB_HOST": "127.0.0.1",
            "SHOP_DB_PORT": str(self.home.port("postgres")),
            "SHOP_DB_NAME": "shop",
            "SHOP_DB_USER": "capture",
            "SHOP_DB_PASSWORD": self.home.secret("capture"),
        }

    def _get(self, path: str) -> Any:
        """Return the JSON at path, None unless the worker answers 200."""
        return self._request("GET", path)

    def _request(self, method: str, path: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return json.load(response) if response.status == http.HTTPStatus.OK else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
