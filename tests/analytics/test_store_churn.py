"""The view and the function against a plain count."""

from datetime import timedelta

import numpy as np
import pytest

from models import MBGNBD
from tests.analytics.store import CDNOW, DAY, MICROSECOND, NOON, Purchase, invented

pytestmark = pytest.mark.stack


def churn(store):
    (line,) = store.ask("SELECT * FROM store_churn")
    return line


def test_the_store_is_the_sum_of_its_customers(store):
    store.describe()
    store.adopt()
    store.buy(invented(1, "Europe/Berlin"))
    lines = store.ask("SELECT frequency, first_purchase, latest_purchase FROM rfm")
    assert len(lines) == 120
    silences = [NOON - line["latest_purchase"] for line in lines]
    x = np.array([line["frequency"] for line in lines], float)
    t_x = np.array([(line["latest_purchase"] - line["first_purchase"]) / DAY for line in lines])
    age = t_x + np.array([max(silence, timedelta(0)) / DAY for silence in silences])
    alive = MBGNBD(*CDNOW).p_alive(x, t_x * (x > 0), age).sum()
    found = churn(store)
    assert found["as_of"] == NOON
    assert found["customers"] == 120
    for days in (30, 60, 90):
        churned = sum(silence >= days * DAY for silence in silences)
        assert found[f"churned_{days}"] == churned > 0
        assert found[f"churned_share_{days}"] == pytest.approx(churned / 120)
    assert found["expected_alive"] == pytest.approx(alive)
    assert found["expected_churned_share"] == pytest.approx(1 - alive / 120)


def test_nobody_has_churned_before_the_first_heartbeat_nor_not_churned(store):
    store.buy([Purchase("c1", NOON - 100 * DAY)])
    assert store.ask("SELECT * FROM store_churn") == []


def test_without_customers_there_is_no_share(store):
    store.describe()
    found = churn(store)
    assert (found["customers"], found["churned_90"], found["expected_alive"]) == (0, 0, 0)
    assert found["churned_share_90"] is found["expected_churned_share"] is None


def test_nothing_is_guessed_of_a_customer_whose_model_is_not_known(store):
    store.describe()
    store.adopt()
    store.buy([Purchase("c1", NOON - DAY), Purchase("c2", NOON - DAY)])
    store.database.execute("UPDATE rfm SET model_version = 'lost' WHERE customer_id = 'c2'")
    found = churn(store)
    assert found["customers"] == 2
    assert found["expected_alive"] is found["expected_churned_share"] is None


def counted(orders, now, silence, period):
    """The active at the period's start, and those who lapsed in it, customer by customer."""
    start = now - period
    active = lapsed = 0
    for of_one in orders.values():
        before = [placed_at for placed_at in of_one if placed_at <= start]
        if not before or start - before[-1] >= silence:
            continue
        active += 1
        after = [placed_at for placed_at in of_one if placed_at > start]
        lapsed += (after[0] if after else now) - before[-1] >= silence
    return {
        "as_of": now,
        "active": active,
        "lapsed": lapsed,
        "churn_rate": lapsed / active if active else None,
    }


@pytest.mark.parametrize("seed", range(3))
def test_churn_within_a_period_is_what_a_plain_count_gives(store, seed):
    store.describe()
    store.buy(invented(seed, "Europe/Berlin"))
    for silence_days in (1, 30, 60, 90, 365):
        for period_days in (1, 30, 120):
            expected = counted(store.orders_until(NOON), NOON, silence_days * DAY, period_days * DAY)
            found = store.ask("SELECT * FROM period_churn(%s, %s)", silence_days, period_days)
            assert found == [expected]
    expected = counted(store.orders_until(NOON), NOON, 30 * DAY, 30 * DAY)
    assert store.ask("SELECT * FROM period_churn(30)") == [expected]
    assert 0 < expected["lapsed"] < expected["active"]


@pytest.mark.parametrize("early_by", [timedelta(0), MICROSECOND])
def test_whoever_comes_back_after_the_lapse_has_lapsed_all_the_same(store, early_by):
    store.describe()
    ordered_at = NOON - 100 * DAY
    store.buy([Purchase("c1", ordered_at), Purchase("c1", ordered_at + 90 * DAY - early_by)])
    (found,) = store.ask("SELECT active, lapsed FROM period_churn(90, 30)")
    assert found == {"active": 1, "lapsed": 0 if early_by else 1}


@pytest.mark.parametrize("later_by", [timedelta(0), MICROSECOND])
def test_a_silence_of_the_full_length_at_the_start_is_not_active(store, later_by):
    store.describe()
    store.buy([Purchase("c1", NOON - 120 * DAY + later_by)])
    (found,) = store.ask("SELECT active, lapsed FROM period_churn(90, 30)")
    assert found == ({"active": 1, "lapsed": 1} if later_by else {"active": 0, "lapsed": 0})


def test_where_nobody_was_active_there_is_no_rate(store):
    assert store.ask("SELECT * FROM period_churn(30)") == []
    store.describe()
    store.buy([Purchase("c1", NOON - DAY)])
    assert store.ask("SELECT * FROM period_churn(30)") == [
        {"as_of": NOON, "active": 0, "lapsed": 0, "churn_rate": None}
    ]
