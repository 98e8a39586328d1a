"""Versions are pinned once, in .env."""

import re

from stack.artifacts import HERE, VERSIONS, parse_versions


def test_comments_and_blank_lines_are_no_versions() -> None:
    assert parse_versions("# why\n\nKAFKA_VERSION=4.3.1\n") == {"KAFKA_VERSION": "4.3.1"}


def test_every_version_the_jars_need_is_pinned_in_the_env_file_and_nowhere_else() -> None:
    pom = (HERE / "pom.xml").read_text()
    used = set(re.findall(r"\$\{(\w+)\.version\}", pom))
    versions = parse_versions(VERSIONS.read_text())
    assert {f"{name.upper()}_VERSION" for name in used} <= set(versions)
    assert used == {"kafka", "debezium", "log4j"}
    assert not any(versions[f"{name.upper()}_VERSION"] in pom for name in used)
