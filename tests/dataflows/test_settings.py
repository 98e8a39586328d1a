import re
from pathlib import Path

import pytest

from dataflows import settings

REQUIRED = {
    "RETENTIONCAST_KAFKA_BOOTSTRAP": "broker:9092",
    "RETENTIONCAST_ANALYTICS_DSN": "postgresql://user:secret@db/analytics",
}


@pytest.fixture
def environment(monkeypatch):
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_two_variables_are_enough():
    loaded = settings.load()
    assert loaded.shop == "demo"
    assert loaded.risk().model_version.startswith("mbg-nbd:")


@pytest.mark.usefixtures("environment")
def test_the_password_is_not_shown():
    assert "secret" not in repr(settings.load())


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_variable_is_named(environment, name):
    environment.delenv(name)
    with pytest.raises(SystemExit, match=name):
        settings.load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("THRESHOLD", "1.5"),
        ("KEY_GROUPS", "0"),
        ("SHOP", "nowhere"),
        ("SHOP", "/nowhere/shop.toml"),
        ("MODEL", "1,2,3"),
        ("MODEL", "0,0,0,0"),
        ("MODEL", "1e,1,1,1"),
        ("KAFKA_CONFIG_FILE", "/nowhere"),
        ("ALERTS_SINCE", "2026-01-01T00:00:00"),
        ("LAPSE_DAYS", "soon"),
        ("ALERTS_A_DAY", "0"),
        ("STORM_SHARE", "0"),
        ("STORM_SHARE", "1.01"),
    ],
)
def test_a_wrong_value_is_told_with_its_variable(environment, name, value):
    environment.setenv(settings.PREFIX + name, value)
    with pytest.raises(SystemExit, match=settings.PREFIX + name):
        settings.load()


def test_every_setting_is_documented():
    """README.md has the same table as `python -m dataflows.settings`."""
    rows = re.findall(r"^\| `(RETENTIONCAST_\w+)` \| (.*) \| (.*) \|$", Path("README.md").read_text(), re.M)
    described = re.findall(
        r"^(RETENTIONCAST_\w+) \((?:default )?(.*)\)\n    (.*)$", settings.describe(), re.M
    )
    assert [(name, default.strip("`"), meaning) for name, default, meaning in rows] == described
