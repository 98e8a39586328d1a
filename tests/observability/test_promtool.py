"""Prometheus' own tool accepts rules and configuration, and the rules do what their cases say."""

import subprocess

import pytest

from stack import promtool
from tests.observability.files import FOLDER, RULE_FILES, RULE_TEST_FILES

pytestmark = pytest.mark.stack


@pytest.mark.parametrize(
    ("command", "paths"),
    [
        (("check", "config"), [FOLDER / "prometheus.yml"]),
        (("check", "rules", "--lint=all", "--lint-fatal"), RULE_FILES),
        *((("test", "rules"), [path]) for path in RULE_TEST_FILES),
    ],
    ids=lambda value: "-".join(value[:2]) if isinstance(value, tuple) else value[-1].stem,
)
def test_promtool_has_no_objection(command, paths):
    done = subprocess.run([promtool.install(), *command, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_reads_all_rules():
    done = subprocess.run(
        [promtool.install(), "check", "config", FOLDER / "prometheus.yml"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{len(RULE_FILES)} rule files found" in done.stdout
