"""Where the alerts are, from the environment: the flow's own variables, and only those a reader needs."""

import sys

from pydantic import Field, FilePath, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "RETENTIONCAST_"


class Settings(BaseSettings):
    """Every setting is an environment variable with the prefix RETENTIONCAST_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    kafka_bootstrap: str = Field(description="Kafka's addresses, host:port,host:port")
    kafka_config_file: FilePath | None = Field(
        None, description="librdkafka properties, key=value a line: TLS, SASL and the like"
    )
    alerts_topic: str = Field("retentioncast.alerts", description="topic that alerts are read from")

    def kafka(self) -> dict[str, str]:
        """Return librdkafka's configuration."""
        lines = [] if self.kafka_config_file is None else self.kafka_config_file.read_text().splitlines()
        properties = (line.partition("=") for line in lines if line.strip() and not line.startswith("#"))
        return {"bootstrap.servers": self.kafka_bootstrap} | {
            name.strip(): value.strip() for name, _, value in properties
        }


def load() -> Settings:
    """Return the settings, or end the process with a message that names each wrong variable."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [f"  {PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        sys.exit("Some settings are missing or wrong:\n" + "\n".join(lines))


def describe() -> str:
    """Return a line a setting."""
    return "\n".join(
        f"  {PREFIX}{name.upper()}: {field.description}" for name, field in Settings.model_fields.items()
    )
