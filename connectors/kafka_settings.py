"""The settings of whoever talks to Kafka, from the environment."""

from typing import TypeVar

from pydantic import Field, FilePath
from pydantic_settings import BaseSettings, SettingsConfigDict

from analytics.settings import read

PREFIX = "RETENTIONCAST_"


class KafkaSettings(BaseSettings):
    """Every setting is an environment variable with the prefix RETENTIONCAST_, or a file of that name.

    Files, for secrets: a variable NAME may instead stand in a file `/run/secrets/retentioncast_name`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    kafka_bootstrap: str = Field(description="Kafka's addresses, host:port,host:port")
    kafka_config_file: FilePath | None = Field(
        None, description="librdkafka properties, key=value a line: TLS, SASL and the like"
    )

    def kafka(self) -> dict[str, str]:
        """Return librdkafka's configuration."""
        config = {"bootstrap.servers": self.kafka_bootstrap}
        if self.kafka_config_file is not None:
            for line in self.kafka_config_file.read_text().splitlines():
                if line.strip() and not line.startswith("#"):
                    name, _, value = line.partition("=")
                    config[name.strip()] = value.strip()
        return config


Kind = TypeVar("Kind", bound=KafkaSettings)


def load(kind: type[Kind], description: str) -> Kind:
    """Return the settings, or end the process with a message that names each wrong variable.

    :arg description: the command that prints what they mean.
    """
    return read(kind, f"All settings: {description}")
