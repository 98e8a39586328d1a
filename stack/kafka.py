"""The Kafka broker, its own controller (KRaft)."""

import base64
import uuid
from collections.abc import Mapping
from pathlib import Path
from string import Template

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stack.artifacts import KAFKA_JARS
from stack.home import write_private
from stack.java import find_java
from stack.part import Part
from stack.process import run

HERE = Path(__file__).parent
HEAP = "256m"


def java_command(heap: str, main_class: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command line of one of Kafka's programs."""
    options = [f"-Xmx{heap}", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"]
    return [find_java(), *options, "-cp", f"{KAFKA_JARS}/*", main_class, *arguments]


class Kafka(Part):
    """The broker on 127.0.0.1."""

    name = "kafka"
    port_names = ("kafka", "kafka_controller")

    @property
    def bootstrap(self) -> str:
        """The broker's address, host:port."""
        return f"127.0.0.1:{self.port}"

    def prepare(self) -> tuple[list[str | Path], Mapping[str, str] | None]:
        """Write the broker's configuration, format its log directory at first."""
        folder = self.home.path / "kafka"
        data = folder / "data"
        config = folder / "kafka.properties"
        template = Template((HERE / "kafka.properties").read_text())
        controller_port = self.home.port("kafka_controller")
        write_private(config, template.substitute(port=self.port, controller_port=controller_port, data=data))
        if not (data / "meta.properties").exists():
            self._format(config)
        return java_command(HEAP, "kafka.Kafka", config), None

    def answers(self) -> bool:
        """Tell whether the broker lists its topics."""
        # Without its logging, which is all about connections being refused while the broker starts.
        settings: dict[str, str | int | float | bool] = {
            "bootstrap.servers": self.bootstrap,
            "log_level": 0,
            "reconnect.backoff.max.ms": 100,
        }
        try:
            AdminClient(settings).list_topics(timeout=2)
        except KafkaException:
            return False
        return True

    def _format(self, config: Path) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        option = f"--cluster-id={cluster_id}"  # in one word, since an id may begin with a dash
        command = java_command(HEAP, "kafka.tools.StorageTool", "format", option, "--config", config)
        run(command, "Kafka's log directory cannot be formatted:")
