import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.stack


def test_the_main_job_is_exact_over_a_kill_and_over_records_that_cannot_be_used(tmp_path):
    size = ["--customers", "2000", "--days", "30"]
    command = [sys.executable, "-m", "tests.e2e.smoke", "--home", str(tmp_path / "home"), *size]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert result["mismatches"] == 0
    assert result["rejects"] == 3
    assert result["live"]["moves"] > 0
    assert result["live"]["partial_refunds"] > 0
    assert result["alerts"].keys() >= {"raised", "escalated", "resolved", "revised", "withdrawn"}
    assert result["crossed_in_the_outage"] > 0
    assert result["withdrawn_in_the_storm"].keys() >= {"order-gone", "history-changed"}
    assert result["replayed_alerts"] > 0
    assert [outcome for _, outcome in result["versions"]] == ["adopted"]
    assert result["matured_forecasts"] == 2
