"""No storm of alerts: not at the start, not after the flow was down, not by another fit of the model."""

import json
import re
from collections import Counter

import pytest
from prometheus_client import REGISTRY

from models import MBGNBD
from operators.census import SPREAD_US
from tests.dataflows import alerts_topic
from tests.dataflows.grown_shop import GrownShop, run, us_of
from tests.models.invented_shop import InventedShop
from tests.operators import oracle

BUSY = MBGNBD(r=1.5, alpha=30.0, a=0.8, b=1.5)  # who is silent has left sooner than the first model says
CENSUS_DAY = 260.0


def grown(customers, days, until_day):
    """A shop that has long been there when the flow comes: one heartbeat follows its history."""
    shop = GrownShop(InventedShop.of(BUSY, customers, days, seed=1))
    shop.live(until_day, beat_days=until_day)
    return shop


def told_of(messages):
    """The alerts that were told of, by id, as they were told first; each of them once in a kind."""
    bodies = [json.loads(message.value) for message in messages]
    kinds = Counter((body["alert_id"], kind(message)) for body, message in zip(bodies, messages, strict=True))
    assert set(kinds.values()) <= {1}
    return {body["alert_id"]: body for body in reversed(bodies)}


def kind(message):
    return dict(message.headers)["ce_type"].rpartition(b".")[2].decode()


def check(told, shop, since_us, adopted=()):
    """Compare what the topic says in the end with what the orders imply."""
    implied = shop.implied(since_us, adopted)
    assert implied
    assert alerts_topic.mismatches(alerts_topic.standing(told), implied) == []
    assert told_of(told).keys() == implied.keys()


@pytest.mark.slow
def test_the_first_snapshot_of_ten_years_raises_nothing(tmp_path, risk):
    shop = grown(2000, 3655, 3650)
    first = run(shop, risk, tmp_path)
    states = Counter(row.state for row in first.rows.values())
    assert states["AT_RISK"] + states["LAPSED"] > 1000
    assert first.alerts.messages == []
    shop.live(3655)
    check(run(shop, risk, tmp_path).alerts.messages, shop, us_of(3650))


@pytest.mark.parametrize("beat_days", [1.0, 40.0], ids=["the flow was down", "Connect was down as well"])
def test_after_forty_days_down_there_are_alerts_of_true_crossings_alone_and_each_once(
    tmp_path, risk, beat_days
):
    shop = grown(400, 243, 200)
    run(shop, risk, tmp_path)
    shop.live(203)
    before = run(shop, risk, tmp_path).alerts.messages
    of_the_silent = shop.implied(us_of(203), now_us=us_of(243))
    shop.live(243, beat_days)
    after = run(shop, risk, tmp_path).alerts.messages
    check(before + after, shop, us_of(200))
    crossed = shop.implied(us_of(203))
    assert told_of(after).keys() - told_of(before).keys() == crossed.keys()
    assert crossed.keys() & of_the_silent.keys()
    assert of_the_silent.keys() - crossed.keys()  # whose orders in these days came in time
    assert {kind(message) for message in before + after} == {"raised", "escalated", "resolved"}


def with_a_census(shop, risk, store, storm_share):
    """Run to the first heartbeat, and then until some hours after the census."""
    run(shop, risk, store, storm_share)
    shop.live(CENSUS_DAY + 0.5)
    outside = run(shop, risk, store, storm_share)
    [version] = outside.versions.values()
    assert version.fitted_at_us == us_of(CENSUS_DAY)
    return version, outside.alerts.messages


def test_a_fit_that_would_raise_a_storm_raises_nothing_until_the_operator_allows_it(tmp_path, risk):
    shop = grown(3000, 1095, CENSUS_DAY - 2)
    paused_before = refits("paused")
    paused, alerts = with_a_census(shop, risk, tmp_path / "store", storm_share=0.05)
    assert (paused.outcome, refits("paused") - paused_before) == ("paused", 1)
    check(alerts, shop, us_of(CENSUS_DAY - 2))
    shop.ask(CENSUS_DAY + 3)  # as the reason says
    shop.live(CENSUS_DAY + 5)
    second = run(shop, risk, tmp_path / "store", storm_share=0.5)
    [adopted] = second.versions.values()
    assert (adopted.outcome, adopted.fitted_at_us) == ("adopted", us_of(CENSUS_DAY + 3))
    assert {row.model_version for row in second.rows.values()} == {adopted.version}
    check(alerts + second.alerts.messages, shop, us_of(CENSUS_DAY - 2), [adopted])


def test_a_replay_does_not_adopt_what_was_paused_whatever_share_is_allowed_by_then(tmp_path, risk):
    shop = grown(3000, 1095, CENSUS_DAY - 2)
    paused, _ = with_a_census(shop, risk, tmp_path / "store", storm_share=0.05)
    replayed = run(shop, risk, tmp_path / "another store", storm_share=1.0)
    assert list(replayed.versions.values()) == [paused]
    assert {row.model_version for row in replayed.rows.values()} == {"test"}


def test_a_refused_share_is_that_of_the_alerts_that_the_adoption_would_have_raised(tmp_path, risk):
    shop, same_shop = (grown(6000, 1095, CENSUS_DAY - 2) for _ in range(2))
    paused, _ = with_a_census(shop, risk, tmp_path / "paused", storm_share=0.05)
    foretold = int(re.search(r"alerts on ([\d,]+) of", paused.reason)[1].replace(",", ""))
    adopted, alerts = with_a_census(same_shop, risk, tmp_path / "adopted", storm_share=1.0)
    end = oracle.text(adopted.effective_from_us + SPREAD_US)
    at_once = [
        body
        for body in told_of(alerts).values()
        if body["model_version"] == adopted.version and body["raised_at"] <= end
    ]
    assert foretold > 100
    assert foretold == pytest.approx(len(at_once), rel=0.15)  # customers are counted by the week


def refits(outcome):
    return REGISTRY.get_sample_value("retentioncast_refits_total", {"outcome": outcome}) or 0
