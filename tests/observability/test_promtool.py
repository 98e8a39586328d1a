"""Prometheus' own tool accepts rules and configuration, and the rules do what their cases say."""

import shutil
import subprocess

import pytest

from stack.artifacts import TARGET
from tests.observability.files import FOLDER, RULE_FILES, RULE_TEST_FILES

pytestmark = pytest.mark.stack


def run(*arguments):
    promtool = shutil.which("promtool", path=f"{TARGET}/promtool/usr/bin") or shutil.which("promtool")
    assert promtool, "promtool is missing: `make promtool` fetches Debian's, elsewhere install Prometheus"
    return subprocess.run([promtool, *arguments], capture_output=True, text=True, check=False)


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
    done = run(*command, *paths)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_reads_all_rules():
    done = run("check", "config", FOLDER / "prometheus.yml")
    assert f"{len(RULE_FILES)} rule files found" in done.stdout
