"""The dashboard's settings, from the environment."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from analytics.settings import read

PREFIX = "RETENTIONCAST_DASHBOARD_"

Listed = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Every setting is an environment variable with the prefix, or a file of that name in /run/secrets."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    dsn: SecretStr = Field(
        description="postgresql:// URL of the analytics database, for a login that is a member of role "
        "retentioncast_bi"
    )
    host: str = Field(
        "127.0.0.1", description="address to listen on; there are no accounts, so keep it private"
    )
    port: int = Field(8050, ge=0, le=65_535, description="port to listen on; 0: any that is free")
    names: Listed = Field(
        ("localhost", "127.0.0.1"),
        description="host names that browsers may ask for it by, separated by commas; others are refused",
    )
    metrics_urls: Listed = Field(
        ("http://127.0.0.1:3030/metrics",),
        description="where each process of the flow serves its metrics, separated by commas",
    )
    query_seconds: float = Field(
        5.0, gt=0, le=600, description="seconds after which Postgres gives a query up"
    )

    @field_validator("names", "metrics_urls", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("metrics_urls")
    @classmethod
    def _over_http(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if urlsplit(url).scheme not in {"http", "https"}:
                msg = f"{url} is no http:// or https:// URL"
                raise ValueError(msg)
        return value


def load() -> Settings:
    """Return the settings, or end the process with a message that names each wrong variable."""
    return read(Settings, "All: python -m analytics.dashboard --help")


def describe() -> str:
    """Return one paragraph a setting: variable, default, meaning."""
    paragraphs = []
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, tuple):
            default = ",".join(default)
        told = "required" if field.is_required() else f"default {default}"
        paragraphs.append(f"{PREFIX}{name.upper()} ({told})\n    {field.description}")
    return "\n".join(paragraphs)
