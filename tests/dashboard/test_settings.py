import os
import subprocess
import sys

import pytest

from analytics.dashboard.settings import Settings

PREFIX = "RETENTIONCAST_DASHBOARD_"


def run(*arguments, **settings):
    environment = {PREFIX + name: value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "analytics.dashboard", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


def test_help_tells_every_setting():
    shown = run("--help")
    assert shown.returncode == 0
    for name in Settings.model_fields:
        assert PREFIX + name.upper() in shown.stdout


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({}, "DSN"),
        ({"PORT": "many"}, "PORT"),
        ({"QUERY_SECONDS": "0"}, "QUERY_SECONDS"),
        ({"METRICS_URLS": "file:///etc/passwd"}, "METRICS_URLS"),
    ],
)
def test_a_wrong_setting_is_named(wrong, named):
    ended = run(**wrong)
    assert ended.returncode == 1
    assert PREFIX + named in ended.stderr
    assert "Traceback" not in ended.stderr


def test_lists_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv(PREFIX + "DSN", "postgresql://here")
    monkeypatch.setenv(PREFIX + "NAMES", "shop.example, localhost")
    assert Settings().names == ("shop.example", "localhost")


def test_the_password_is_not_printed(monkeypatch):
    monkeypatch.setenv(PREFIX + "DSN", "postgresql://reader:secret@here/db")
    assert "secret" not in repr(Settings())


def test_secrets_may_stand_in_files(tmp_path):
    (tmp_path / (PREFIX + "DSN").lower()).write_text("postgresql://from-a-file")
    settings = Settings(_secrets_dir=tmp_path)
    assert settings.dsn.get_secret_value() == "postgresql://from-a-file"
