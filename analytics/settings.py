"""Where the analytics database is, from the environment, as the flow is told."""

import sys
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "RETENTIONCAST_"
SECRETS = Path("/run/secrets")


class Settings(BaseSettings):
    """What is told to whoever works on the database: variables, or files of their names, as the flow's."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    analytics_dsn: SecretStr = Field(description="postgresql:// URL of the analytics database")


def load() -> Settings:
    """Return the settings, or end the process with a message that names each wrong variable."""
    try:
        return Settings(_secrets_dir=SECRETS if SECRETS.is_dir() else None)  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [f"  {PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        sys.exit("Some settings are missing or wrong:\n" + "\n".join(lines))


def describe() -> str:
    """Return a line a setting."""
    return "\n".join(
        f"  {PREFIX}{name.upper()}: {field.description}, or a file {SECRETS}/{PREFIX.lower()}{name}"
        for name, field in Settings.model_fields.items()
    )
