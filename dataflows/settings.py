"""The churn flow's settings, from the environment."""

import sys
from datetime import datetime
from pathlib import Path

from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dataflows import shop
from models import MBGNBD
from operators.instant import to_us
from operators.policy import Policy
from operators.risk import Risk

PREFIX = "RETENTIONCAST_"


class Settings(BaseSettings):
    """Every setting is an environment variable with the prefix RETENTIONCAST_, or a file of that name.

    Files, for secrets: a variable NAME may instead stand in a file `/run/secrets/retentioncast_name`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    kafka_bootstrap: str = Field(description="Kafka's addresses, host:port,host:port")
    kafka_config_file: FilePath | None = Field(
        None, description="librdkafka properties, key=value a line: TLS, SASL and the like"
    )
    analytics_dsn: SecretStr = Field(description="postgresql:// URL of the analytics database")
    shop: str = Field("demo", description="the shop file: a preset's name, or a path that ends in .toml")
    alerts_topic: str = Field("retentioncast.alerts", description="topic that alerts are published to")
    rejects_topic: str = Field("retentioncast.rejects", description="topic for records that cannot be used")
    models_topic: str = Field(
        "retentioncast.models", description="topic of the model's versions, and of requests for one"
    )
    states_topic: str = Field(
        "retentioncast.states", description="compacted topic of each customer's present state"
    )
    key_groups: int = Field(
        8192, ge=1, le=99_999, description="groups of customers; fixed when the recovery store is made"
    )
    alerts_since: datetime | None = Field(
        None, description="alert only of crossings after this instant; default: the shop's first heartbeat"
    )
    model: str = Field(
        "0.6371,51.17,0.8075,1.2284",
        pattern=r"^[0-9.eE+-]+(,[0-9.eE+-]+){3}$",
        description="MBG/NBD parameters r,alpha,a,b in days, until a version is adopted; default: fitted on "
        "the CDNOW data",
    )
    refit: bool = Field(
        True, description="fit the model anew every 30 days of stream time, and adopt what is no worse"
    )
    threshold: float = Field(0.5, gt=0, lt=1, description="P(alive) at which a customer is at risk")
    quantile: float = Field(0.9, gt=0, lt=1, description="quantile of the gap after which one is overdue")
    lapse_days: int = Field(90, ge=1, description="days of silence after which a customer has lapsed")
    hysteresis: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="how far above the threshold P(alive) must be after an order for its fall to be told",
    )
    cooldown_days: int = Field(
        0, ge=0, description="days after an alert in which the same customer is not alerted of again"
    )
    campaign: str = Field(
        "winback",
        pattern=r"^[!-~]{1,200}$",
        description="name of what is done on alerts; draws the control arm",
    )
    control_share: float = Field(
        0.0, ge=0, lt=1, description="share of customers flagged as the control arm, to be left alone"
    )
    table_writers: int = Field(1, ge=1, le=64, description="parallel connections that write table rfm")

    @field_validator("shop")
    @classmethod
    def _is_readable(cls, value: str) -> str:
        shop.load(value)
        return value

    @field_validator("model")
    @classmethod
    def _fits(cls, value: str) -> str:
        MBGNBD(*(float(part) for part in value.split(",")))
        return value

    @field_validator("alerts_since")
    @classmethod
    def _with_zone(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            msg = "needs a time zone, as in 2026-01-01T00:00:00Z"
            raise ValueError(msg)
        return value

    @property
    def alerts_since_us(self) -> int | None:
        """`alerts_since` in UTC microseconds."""
        return None if self.alerts_since is None else to_us(self.alerts_since)

    def risk(self) -> Risk:
        """Return the rules of risk; the model's version is its parameters."""
        r, alpha, a, b = (float(part) for part in self.model.split(","))
        return Risk(
            MBGNBD(r=r, alpha=alpha, a=a, b=b),
            f"mbg-nbd:{self.model}",
            threshold=self.threshold,
            quantile=self.quantile,
            lapse_days=self.lapse_days,
            hysteresis=self.hysteresis,
        )

    def policy(self, currency: str) -> Policy:
        """Return the rules for alerts, whose amounts are in that currency."""
        return Policy(
            currency=currency,
            cooldown_days=self.cooldown_days,
            campaign=self.campaign,
            control_share=self.control_share,
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


def load() -> Settings:
    """Return the settings, or end the process with a message that names each wrong variable."""
    secrets = Path("/run/secrets")
    try:
        return Settings(_secrets_dir=secrets if secrets.is_dir() else None)  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [f"  {PREFIX}{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        names = "\n".join(lines)
        sys.exit(f"Some settings are missing or wrong:\n{names}\nAll settings: python -m dataflows.settings")


def describe() -> str:
    """Return one paragraph a setting: variable, default, meaning."""
    paragraphs = []
    for name, field in Settings.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else f"default {'none' if field.default is None else field.default}"
        )
        paragraphs.append(f"{PREFIX}{name.upper()} ({default})\n    {field.description}")
    return "\n".join(paragraphs)


if __name__ == "__main__":
    print(describe())
