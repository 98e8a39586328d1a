"""Where the alerts are, from the environment: the flow's own variables, and only those a reader needs."""

from pydantic import Field

from connectors import kafka_settings
from connectors.kafka_settings import PREFIX, KafkaSettings


class Settings(KafkaSettings):
    """What a reader of alerts is told."""

    alerts_topic: str = Field("retentioncast.alerts", description="topic that alerts are read from")


def load() -> Settings:
    """Return the settings, or end the process with a message that names each wrong variable."""
    return kafka_settings.load(Settings, "python -m alerts tail --help")


def describe() -> str:
    """Return a line a setting."""
    return "\n".join(
        f"  {PREFIX}{name.upper()}: {field.description}" for name, field in Settings.model_fields.items()
    )
