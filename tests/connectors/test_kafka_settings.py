"""What the settings of the flow and of a reader of alerts have in common."""

import pytest

from alerts import settings as alerts_settings
from connectors.kafka_settings import PREFIX
from dataflows import settings as dataflows_settings

pytestmark = pytest.mark.parametrize(
    "settings", [alerts_settings, dataflows_settings], ids=["alerts", "dataflows"]
)


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("RETENTIONCAST_KAFKA_BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("RETENTIONCAST_ANALYTICS_DSN", "postgresql://db/analytics")
    return monkeypatch


def test_librdkafkas_properties_are_read(settings, environment, tmp_path):
    properties = tmp_path / "kafka.properties"
    properties.write_text("# TLS\nsecurity.protocol = SASL_SSL\nsasl.password=a=b\n\n")
    environment.setenv("RETENTIONCAST_KAFKA_CONFIG_FILE", str(properties))
    assert settings.load().kafka() == {
        "bootstrap.servers": "broker:9092",
        "security.protocol": "SASL_SSL",
        "sasl.password": "a=b",
    }


def test_a_variable_may_stand_in_a_file(settings, environment, tmp_path):
    environment.setattr("analytics.settings.SECRETS", tmp_path)
    (tmp_path / "retentioncast_alerts_topic").write_text("of-a-file\n")
    (tmp_path / "retentioncast_kafka_bootstrap").write_text("of-a-file:9092\n")
    loaded = settings.load()
    assert loaded.alerts_topic == "of-a-file"
    assert loaded.kafka_bootstrap == "broker:9092", "the environment goes first"


@pytest.mark.parametrize(("name", "value"), [("KAFKA_BOOTSTRAP", None), ("KAFKA_CONFIG_FILE", "/nowhere")])
def test_what_is_missing_or_wrong_is_named_with_the_command_that_explains_it(
    settings, environment, name, value
):
    if value is None:
        environment.delenv(PREFIX + name)
    else:
        environment.setenv(PREFIX + name, value)
    with pytest.raises(SystemExit, match=f"{PREFIX}{name}: (?s:.*)All settings: python -m"):
        settings.load()
