"""A Java runtime is taken only when it is new enough."""

from pathlib import Path

import pytest

from stack.java import parse_version, version_of


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)', 17),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ('java version "1.8.0_392"', 8),
        ('Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21.0.2" 2024-01-16', 21),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.", None),
        ("", None),
    ],
)
def test_the_feature_release_is_read_from_what_java_prints(text: str, version: int | None) -> None:
    assert parse_version(text) == version


def test_an_executable_that_is_missing_or_fails_has_no_version(tmp_path: Path) -> None:
    dummy = tmp_path / "java"
    assert version_of(dummy) is None
    dummy.write_text("#!/bin/sh\necho 'openjdk version \"17\"' >&2\nexit 1\n")
    dummy.chmod(0o755)
    assert version_of(dummy) is None
