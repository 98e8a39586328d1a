import json
import subprocess
import sys

import pytest

from tests.crash.actions import KINDS

pytestmark = pytest.mark.stack

SEED = 26  # in its two rounds every part of the stack is killed, and the flow, which runs in both ways


def test_random_actions_and_kills_leave_nothing_wrong(tmp_path):
    command = [sys.executable, "-m", "tests.crash", "--seed", str(SEED), "--rounds", "2"]
    run = subprocess.run(
        [*command, "--home", str(tmp_path / "home")], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout.splitlines()[-1])
    assert result["mismatches"] == 0
    assert result["kills_by_process"].keys() == {"flow", "connect", "kafka", "postgres", "analytics"}
    assert result["actions"] > 800
    assert result["actions_by_kind"].keys() == set(KINDS)
    assert min(result[kind] for kind in ("alerts", "rejects", "erased")) > 0
