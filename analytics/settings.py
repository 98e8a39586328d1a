"""Settings from the environment, and where the analytics database is, as the flow is told."""

import sys
from pathlib import Path
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "RETENTIONCAST_"
SECRETS = Path("/run/secrets")

Kind = TypeVar("Kind", bound=BaseSettings)


class Settings(BaseSettings):
    """What is told to whoever works on the database: variables, or files of their names, as the flow's."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    analytics_dsn: SecretStr = Field(description="postgresql:// URL of the analytics database")


def read(kind: type[Kind], *where_told: str) -> Kind:
    """Return settings from variables, or files in SECRETS; or end the process, naming each wrong variable.

    :arg where_told: a line that says where all of them are explained.
    """
    try:
        return kind(_secrets_dir=SECRETS if SECRETS.is_dir() else None)
    except ValidationError as error:
        prefix = kind.model_config["env_prefix"]
        lines = [f"  {prefix}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        sys.exit("\n".join(["Some settings are missing or wrong:", *lines, *where_told]))


def load() -> Settings:
    """Return where the database is, or end the process with a message that names each wrong variable."""
    return read(Settings)


def describe() -> str:
    """Return a line a setting."""
    return "\n".join(
        f"  {PREFIX}{name.upper()}: {field.description}, or a file {SECRETS}/{PREFIX.lower()}{name}"
        for name, field in Settings.model_fields.items()
    )
