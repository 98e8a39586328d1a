"""The rules and dashboards of observability/, and the metrics that they may name."""

import json
from itertools import chain
from pathlib import Path

import yaml
from prometheus_client.metrics import Counter, Gauge, Histogram, MetricWrapperBase

from connectors import metrics

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "observability"
RULE_FILES = sorted((FOLDER / "rules").glob("*.yml"))
RULE_TEST_FILES = sorted((FOLDER / "rules" / "tests").glob("*.yml"))
DASHBOARDS = {
    path.name: json.loads(path.read_text()) for path in (FOLDER / "grafana" / "dashboards").glob("*.json")
}

TARGET = {"job", "instance"}  # what Prometheus adds to whatever it scrapes
# What others make: Prometheus, prometheus_client and Bytewax (test_served.py).
PROMETHEUS = {"up": TARGET, "ALERTS": {"alertname", "alertstate", "severity", "reason", "sink", *TARGET}}
SERVED = {
    "process_start_time_seconds": set(),
    "process_cpu_seconds_total": set(),
    "process_resident_memory_bytes": set(),
    "bytewax_snapshot_duration_seconds_sum": {"step_id", "worker_index"},
}


def rules():
    """All rules, of alerts and recordings."""
    groups = chain.from_iterable(yaml.safe_load(path.read_text())["groups"] for path in RULE_FILES)
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
RECORDINGS = {rule["record"]: rule for rule in rules() if "record" in rule}


def panels(dashboard):
    """Its panels but for the titles of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def targets(kind):
    """What panels ask data sources of a kind: (name of the test, query)."""
    return [
        (f"{name}: {panel['title']}", target)
        for name, dashboard in DASHBOARDS.items()
        for panel in panels(dashboard)
        for target in panel["targets"]
        if target["datasource"]["type"] == kind
    ]


def _series(metric):
    if not isinstance(metric, MetricWrapperBase):
        return {}
    name, labels = metric._name, set(metric._labelnames)
    match metric:
        case Counter():
            return {f"{name}_total": labels}
        case Gauge():
            return {name: labels}
        case Histogram():
            return {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
    raise TypeError(metric)


OWN = {name: labels for metric in vars(metrics).values() for name, labels in _series(metric).items()}
# Recordings aggregate all away; test_rules.py holds them so.
KNOWN = (
    {name: labels | TARGET for name, labels in (OWN | SERVED).items()}
    | PROMETHEUS
    | {name: set() for name in RECORDINGS}
)
