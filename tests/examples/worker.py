"""A Connect worker that runs the example's sink, from the example's own files."""

import json
import os
import urllib.error
import urllib.request
from pathlib import Path

from stack.artifacts import run_maven
from stack.java import find_java
from stack.kafka import java_command
from stack.part import Part

EXAMPLES = Path("examples")
PORT = "127.0.0.1:8084"


class Worker(Part):
    """The worker with the connector; `home` gives it a port, `variables` its addresses."""

    name = "sink"
    port_names = ("connect",)

    def __init__(self, home, topic, variables):
        super().__init__(home)
        self.topic = topic
        self.variables = variables

    def prepare(self):
        run_maven(["--file", str(EXAMPLES / "pom.xml"), "package"], find_java())
        worker = (EXAMPLES / "connect.properties").read_text()
        assert PORT in worker
        sink = json.loads((EXAMPLES / "postgres-sink.json").read_text())
        sink["config"]["topics"] = self.topic
        files = {
            "connect.properties": worker.replace(PORT, f"127.0.0.1:{self.port}"),
            "postgres-sink.json": json.dumps(sink),
        }
        for name, text in files.items():
            (self.home.path / name).write_text(text)
        arguments = [self.home.path / name for name in files]
        command = java_command("256m", "org.apache.kafka.connect.cli.ConnectStandalone", *arguments)
        return command, {**os.environ, **self.variables}

    def answers(self):
        """Tell whether the connector's task runs; RuntimeError when it has failed."""
        url = f"http://127.0.0.1:{self.port}/connectors/retentioncast-states/status"
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                tasks = json.load(response)["tasks"]
        except (OSError, urllib.error.HTTPError):
            return False
        for task in tasks:
            if task["state"] == "FAILED":
                raise RuntimeError(task["trace"])
        return [task["state"] for task in tasks] == ["RUNNING"]
