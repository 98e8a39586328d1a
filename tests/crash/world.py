"""The real stack with the crash shop in it, and the flow upon it: brought up, and kept alive."""

import json
import os
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

from demo.processes import Flow
from stack import artifacts, topics
from stack.connect import CONNECTOR, REGISTER
from stack.java import find_java
from stack.part import say
from stack.stack import Stack
from tests.crash.repeats import Repeats

HERE = Path(__file__).parent
HEARTBEAT_MS = 250
TABLES = ("crash.customers", "crash.orders", "crash.refunds")
HEARTBEAT_TABLE = "cdc.heartbeat"
TOPICS = {
    **{f"shop.{table}": 4 for table in TABLES},
    f"shop.{HEARTBEAT_TABLE}": 1,
    "retentioncast.alerts": 4,
    "retentioncast.rejects": 1,
    "retentioncast.models": 1,
    "retentioncast.states": 4,
}
PATIENCE_SECONDS = 300.0
PEERS_SECONDS = 10.0

ENVIRONMENT = {"RETENTIONCAST_SHOP": str(HERE / "shop.toml")}


class World:
    """A stack in a home that is made anew, its connector, and the flow."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.stack = Stack(home, HEARTBEAT_MS)
        self.endpoints = self.stack.endpoints()
        self.flow: Flow | None = None
        self.repeats = Repeats(home)
        self.revivals: Counter[str] = Counter()  # of what had ended by itself

    def open_shop(self) -> None:
        """Bring up the databases, with the crash shop's tables in the shop's, and Kafka with its topics."""
        artifacts.install(find_java())
        self.endpoints.save(self.home)
        self.stack.kafka.launch()
        self.stack.start_databases()
        self.stack.postgres.run_sql(HERE / "shop.sql", "shop", "shop")
        self.stack.postgres.run_sql(HERE / "capture.sql", "shop", "postgres")
        self.stack.kafka.wait()
        topics.create_topics(self.endpoints.kafka_bootstrap, TOPICS)

    def connect_shop(self) -> None:
        """Bring up Connect, with the connector on the crash shop's tables."""
        self.stack.connect.start()
        self._register()

    def start_flow(self, processes: int) -> None:
        """Start the flow upon its recovery store, as one process or a cluster."""
        environment = ENVIRONMENT | (self.repeats.environment if processes == 1 else {})
        self.flow = Flow(self.home, self.endpoints, processes=processes, environment=environment)
        self.restart_flow()

    def restart_flow(self) -> None:
        """Start the flow, which has ended, as it ran before."""
        self.repeats.next_execution()
        self.flow.start()

    def keep_alive(self) -> None:
        """Start again what has ended by itself, as whoever runs it would: the flow, and a failed connector.

        Kafka's outage ends the flow, and it is its supervisor's part to start it again.
        """
        if self.flow is not None and any(process.poll() is not None for process in self.flow.processes):
            self.end_flow()
            codes = [process.returncode for process in self.flow.processes]
            say(f"the flow had ended with {codes}; it is started again")
            self.revivals["flow"] += 1
            self.restart_flow()
        if self.stack.connect.pid is not None and self.stack.connect.connector_state() == "FAILED":
            self.revivals["connector"] += 1
            connector = f"{self.endpoints.connect_url}/connectors/{CONNECTOR}"
            url = f"{connector}/restart?includeTasks=true&onlyFailed=true"
            subprocess.run(["curl", "-fsS", "-X", "POST", url], check=True, stdout=subprocess.DEVNULL)

    def end_flow(self) -> None:
        """See a cluster to its end once one of its processes has ended.

        Bytewax ends the others, except where they have not found each other yet: those wait for the one that
        has gone.
        """
        assert self.flow is not None
        deadline = time.monotonic() + PEERS_SECONDS
        while any(process.poll() is None for process in self.flow.processes):
            if time.monotonic() > deadline:
                self.revivals["peers that waited"] += 1
                self.flow.kill()
            time.sleep(0.05)

    def wait_until(self, what: str, is_reached) -> None:
        """Wait for a condition, keeping everything alive."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_reached():
            self.keep_alive()
            if time.monotonic() > deadline:
                message = f"{what} was not reached within {PATIENCE_SECONDS:.0f} s"
                raise TimeoutError(message)
            time.sleep(0.1)

    def down(self) -> None:
        """End everything."""
        if self.flow is not None and any(process.poll() is None for process in self.flow.processes):
            self.flow.kill()
        self.stack.down()

    def _register(self) -> None:
        """Register the connector with the crash shop's tables, by a copy of its script."""
        folder = self.home / "connector"
        folder.mkdir()
        config = json.loads((REGISTER.parent / "connector.json").read_text())
        config["table.include.list"] = ",".join([*TABLES, HEARTBEAT_TABLE])
        (folder / "connector.json").write_text(json.dumps(config, indent=2))
        shutil.copy(REGISTER, folder)
        environment = {**os.environ, "CONNECT_URL": self.endpoints.connect_url, "CONNECTOR": CONNECTOR}
        subprocess.run(["sh", folder / "register.sh"], env=environment, check=True, stdout=subprocess.DEVNULL)
