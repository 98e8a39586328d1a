"""What somebody else writes to the models topic, and what is asked for there."""

import os
import subprocess
import sys

import psycopg
import pytest

from tests.e2e.topics import put, read_all
from tests.faults.site import Site

pytestmark = pytest.mark.stack

MODELS = "retentioncast.models"


def test_nonsense_is_rejected_and_a_fit_that_was_asked_for_is_decided_on(site: Site) -> None:
    site.begin()
    put(site.endpoints.kafka_bootstrap, MODELS, b"by hand", b'{"version": "better", "adopted": true}')
    command = [sys.executable, "-m", "models.refit"]
    asked = subprocess.run(
        command,
        env=os.environ | site.endpoints.variables(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert "asked for a census at" in asked.stderr
    name, _, outcome = asked.stdout.partition(": ")
    with psycopg.connect(site.endpoints.analytics_dsn) as analytics:
        query = "SELECT customers, reason FROM models WHERE version = %s AND NOT adopted"
        customers, reason = analytics.execute(query, (name,)).fetchone()
    assert outcome.startswith(f"not adopted: {reason}")
    assert f"{customers:,} customers" in outcome
    rejects = {
        reject.key(): dict(reject.headers())
        for reject in read_all(site.endpoints.kafka_bootstrap, "retentioncast.rejects")
    }
    assert rejects[b"by hand"]["rc.reason"] == b"model"
    assert site.mismatches() == []
