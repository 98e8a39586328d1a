"""promtool is built by a Go that is new enough, from the version that .env names."""

import pytest

from stack import promtool
from stack.artifacts import VERSIONS, parse_versions


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.7 linux/amd64\n", (1, 26, 7)),
        ("go version go1.27 darwin/arm64\n", (1, 27, 0)),
        ("go version devel go1.28-abcdef linux/amd64\n", None),
        ("", None),
    ],
)
def test_the_release_is_read_from_what_go_prints(text, version):
    assert promtool.parse_version(text) == version


def test_a_go_that_is_too_old_or_fails_is_passed_over_for_the_wheels(tmp_path, monkeypatch):
    go = tmp_path / "go"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(promtool, "WHEEL_GO", tmp_path / "wheel")
    program(promtool.WHEEL_GO, "go version go1.27.3 linux/amd64")
    for said, found in (
        ("go version go1.26.7 linux/amd64", go),
        ("go version go1.26.6 linux/amd64", promtool.WHEEL_GO),
        ("go version go1.9.99 linux/amd64", promtool.WHEEL_GO),
    ):
        program(go, said)
        assert promtool.find_go() == found
    go.write_text("#!/bin/sh\nexit 1\n")
    assert promtool.find_go() == promtool.WHEEL_GO


def test_a_release_has_its_version_of_the_go_module():
    assert promtool.module_version("3.16.0") == "v0.316.0"
    assert promtool.module_version("3.5.1") == "v0.305.1"


@pytest.mark.stack
def test_promtool_is_of_the_version_that_is_pinned():
    release = parse_versions(VERSIONS.read_text())["PROMETHEUS_VERSION"]
    built = promtool.run([promtool.find_go(), "version", "-m", promtool.install()], "go version fails")
    assert f"github.com/prometheus/prometheus\t{promtool.module_version(release)}" in built


def program(path, says):
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
