"""What a flow serves beside its own metrics."""

import os
import re
import subprocess
import sys
import time

import pytest

from tests.e2e.metrics import Metrics
from tests.observability.files import SERVED

pytestmark = pytest.mark.slow

FLOW = """
import time
import prometheus_client
import bytewax.operators as op
from bytewax.connectors.stdio import StdOutSink
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSource

def slowly(state, item):
    time.sleep(0.1)
    return state, item

flow = Dataflow("served")
numbers = op.input("changes", flow, TestingSource(range(600)))
op.output("out", op.stateful_map("customers", op.key_on("key", numbers, str), slowly), StdOutSink())
"""


def test_bytewax_and_the_client_serve_what_dashboards_and_rules_ask_of_them(tmp_path):
    (tmp_path / "served.py").write_text(FLOW)
    store = tmp_path / "store"
    store.mkdir()
    subprocess.run([sys.executable, "-m", "bytewax.recovery", store, "1"], check=True)
    served = Metrics(tmp_path)
    command = [sys.executable, "-m", "bytewax.run", "served:flow", "-r", store, "-s", "1", "-b", "0"]
    environment = {**os.environ, **served.environment}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as flow:
        try:
            wait_for(flow, served)
        finally:
            flow.kill()


def wait_for(flow, served):
    deadline = time.monotonic() + 60
    while found_in(served) != SERVED:
        assert flow.poll() is None, "the flow has ended"
        assert time.monotonic() < deadline, found_in(served)
        time.sleep(0.2)


def found_in(served):
    """Those of SERVED that are served, each with its labels."""
    try:
        text = served.text()
    except OSError:  # nothing answers yet
        return {}
    return {
        name: set(re.findall(r'(\w+)="', labels)) - {"otel_scope_name"}
        for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.MULTILINE)
        if name in SERVED
    }
