"""Dashboards can be loaded, and every panel says what it shows."""

import re
from itertools import combinations

import pytest

from tests.observability.files import DASHBOARDS, KNOWN, panels, targets
from tests.observability.promql import parse, result_labels

boards = pytest.mark.parametrize("name", DASHBOARDS)


def test_there_are_two_dashboards_that_lead_to_each_other():
    uids = {dashboard["uid"] for dashboard in DASHBOARDS.values()}
    assert len(uids) == len({dashboard["title"] for dashboard in DASHBOARDS.values()}) == 2
    for dashboard in DASHBOARDS.values():
        assert {link["url"] for link in dashboard["links"]} == {
            f"/d/{uid}" for uid in uids - {dashboard["uid"]}
        }


@boards
def test_panels_have_ids_titles_and_descriptions_of_their_own_and_a_unit(name):
    everything = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in everything}) == len(everything)
    shown = panels(DASHBOARDS[name])
    assert len({panel["title"] for panel in shown}) == len(shown)
    for panel in shown:
        assert panel["title"].strip()
        assert panel["description"].strip()
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["targets"]


@boards
def test_panels_lie_side_by_side_on_a_grid_of_24(name):
    places = [panel["gridPos"] for panel in DASHBOARDS[name]["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 and place["h"] > 0 for place in places)
    for one, other in combinations(places, 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y, (one, other)


@boards
def test_whoever_looks_chooses_the_data_sources(name):
    variables = {item["name"]: item for item in DASHBOARDS[name]["templating"]["list"]}
    assert all(variable["type"] == "datasource" for variable in variables.values())
    asked = [item["datasource"] for panel in panels(DASHBOARDS[name]) for item in (panel, *panel["targets"])]
    assert {(source["uid"], source["type"]) for source in asked} == {
        (f"${{{variable}}}", item["query"]) for variable, item in variables.items()
    }


@pytest.mark.parametrize(("name", "target"), targets("prometheus"))
def test_a_legend_names_labels_that_the_lines_have(name, target):
    named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert named <= result_labels(parse(target["expr"]), KNOWN)
