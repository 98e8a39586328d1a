"""The churn flow's settings, from the environment."""

from datetime import datetime

from pydantic import Field, SecretStr, field_validator

from connectors import kafka_settings
from connectors.kafka_settings import PREFIX, KafkaSettings
from dataflows import shop
from models import MBGNBD
from operators.policy import Policy
from operators.risk import Risk


class Settings(KafkaSettings):
    """What the flow is told."""

    analytics_dsn: SecretStr = Field(description="postgresql:// URL of the analytics database")
    shop: str = Field("demo", description="the shop file: a preset's name, or a path that ends in .toml")
    alerts_topic: str = Field("retentioncast.alerts", description="topic that alerts are published to")
    rejects_topic: str = Field("retentioncast.rejects", description="topic for records that cannot be used")
    models_topic: str = Field(
        "retentioncast.models",
        description="topic of the model's versions, of requests for one, and of days' budgets",
    )
    states_topic: str = Field(
        "retentioncast.states", description="compacted topic of each customer's present state"
    )
    key_groups: int = Field(
        8192, ge=1, le=99_999, description="groups of customers; fixed when the recovery store is made"
    )
    alerts_since: datetime | None = Field(
        None,
        description="alert only of crossings after this instant, as 2026-01-31T00:00:00Z; default: the "
        "first heartbeat ever, as table stream_time has it",
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
    storm_share: float = Field(
        0.05,
        gt=0,
        le=1,
        description="share of the customers on whom a new fit may raise alerts at once: one beyond it is not "
        "adopted; 1 lets every fit pass",
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
    alerts_a_day: int | None = Field(
        None,
        ge=1,
        le=1_000_000_000,
        description="of the alerts foreseen for a UTC day so many are kept, those worth most; default: all",
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
            alerts_a_day=self.alerts_a_day,
            campaign=self.campaign,
            control_share=self.control_share,
        )


def load() -> Settings:
    """Return the settings, or end the process with a message that names each wrong variable."""
    return kafka_settings.load(Settings, "python -m dataflows.settings")


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
