"""Rules ask for metrics that exist, and say what to do."""

import re
from collections import defaultdict

import pytest
import yaml

from tests.observability.files import (
    ALERTS,
    FOLDER,
    KNOWN,
    OWN,
    RECORDINGS,
    ROOT,
    RULE_TEST_FILES,
    SERVED,
    rules,
    targets,
)
from tests.observability.promql import parse, result_labels, selectors

EXPRESSIONS = [
    *((rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()),
    *((name, target["expr"]) for name, target in targets("prometheus")),
]
ANCHORS = {
    re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
    for title in re.findall(r"^#+ (.+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
}
FIRING = re.compile(r'ALERTS\{alertname="(\w+)", alertstate="firing", (.*)\}')


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS)
def test_an_expression_names_metrics_and_labels_that_exist(name, expression):
    found = list(selectors(parse(expression)))
    assert found
    for metric, matched, kept in found:
        assert metric in KNOWN
        assert matched | kept <= KNOWN[metric], metric


def test_nothing_that_is_asked_for_is_dropped_at_the_scrape():
    [job] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    [dropping] = job["metric_relabel_configs"]
    assert dropping["action"] == "drop"
    assert not [name for name in OWN | SERVED if re.fullmatch(dropping["regex"], name)]


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_one_number_for_the_flow(name):
    assert result_labels(parse(RECORDINGS[name]["expr"]), KNOWN) == set()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_urgent_it_is_what_it_is_and_what_to_do(name):
    alert = ALERTS[name]
    assert alert["labels"].keys() == {"severity"}
    assert alert["labels"]["severity"] in {"page", "ticket"}
    texts = alert["annotations"]
    assert texts.keys() == {"summary", "description", "runbook_url"}
    assert texts["runbook_url"] == f"docs/operations.md#{name.lower()}"
    assert name.lower() in ANCHORS
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(texts.values())))
    assert named <= result_labels(parse(alert["expr"]), KNOWN)


def test_every_alert_fires_in_a_case_and_stays_silent_in_another():
    fires, is_silent = defaultdict(int), defaultdict(int)
    for path in RULE_TEST_FILES:
        for case in yaml.safe_load(path.read_text())["tests"]:
            for asked in case.get("promql_expr_test", []):
                for sample in asked["exp_samples"]:
                    if found := FIRING.fullmatch(sample.get("labels", "").replace("\n", " ")):
                        fires[found[1]] += sample["value"]
                if not asked["exp_samples"]:
                    for name in ALERTS:
                        is_silent[name] += re.search(matcher(asked["expr"]), name) is not None
    assert fires.keys() == ALERTS.keys()
    assert {name for name in ALERTS if is_silent[name]} == ALERTS.keys()


def matcher(expression):
    """The pattern of the alerts that a case asks for."""
    found = re.search(r'alertname=~?"([^"]+)"', expression)
    return f"^({found[1]})$" if found else "^$"
