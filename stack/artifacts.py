"""The jars of Kafka, Connect and Debezium, fetched once by Maven for all homes."""

import hashlib
import os
import shutil
from pathlib import Path

from stack.error import StackError
from stack.home import locked
from stack.part import say
from stack.process import run

HERE = Path(__file__).parent
VERSIONS = HERE.parent / ".env"
TARGET = HERE / "target"
KAFKA_JARS = TARGET / "kafka"
PLUGINS = TARGET / "plugins"


def parse_versions(text: str) -> dict[str, str]:
    """Return the KEY=VALUE lines of a .env file."""
    lines = (line.strip() for line in text.splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def install(java: Path) -> None:
    """Fetch the jars of the versions in .env into `target`, unless they are there."""
    versions = parse_versions(VERSIONS.read_text())
    properties = [
        f"-D{name.lower()}.version={versions[f'{name}_VERSION']}" for name in ("KAFKA", "DEBEZIUM", "LOG4J")
    ]
    pom = HERE / "pom.xml"
    wanted = f"{properties} {hashlib.sha256(pom.read_bytes()).hexdigest()}"
    stamp = TARGET / "installed"
    with locked(TARGET / "lock"):
        if stamp.exists() and stamp.read_text() == wanted:
            return
        say("Fetching Kafka and Debezium with Maven (60 MB, once)")
        for old in (KAFKA_JARS, PLUGINS):
            shutil.rmtree(old, ignore_errors=True)
        run_maven(["--file", str(pom), *properties, "package"], java)
        stamp.write_text(wanted)


def run_maven(arguments: list[str], java: Path) -> None:
    """Run the system's Maven, or else Maven's own wrapper, which downloads it first."""
    maven = shutil.which("mvn")
    if maven is None:
        require_wrapper_tools()
        say("No mvn found; Maven's wrapper downloads it (9 MB, once)")
        maven = str(HERE / "mvnw")
    env = dict(os.environ)
    home = java.parent.parent
    if (home / "release").exists():  # the mark of a Java home; a shim on the PATH is in none
        env["JAVA_HOME"] = str(home)
    command = [maven, "--quiet", "--batch-mode", "--no-transfer-progress", *arguments]
    run(command, "Maven failed; does it reach its registry?", env)


def require_wrapper_tools() -> None:
    """Raise if Maven's wrapper lacks what it downloads and unpacks Maven with."""
    if not (shutil.which("curl") or shutil.which("wget")) or not shutil.which("unzip"):
        message = (
            "Maven is needed to fetch Kafka and Debezium. Install the package maven; or curl and unzip, with"
            " which Maven's wrapper fetches Maven."
        )
        raise StackError(message)
