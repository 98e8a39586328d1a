"""The view against a plain count."""

from datetime import timedelta

import numpy as np
import pytest

from models import MBGNBD
from tests.analytics.store import CDNOW, DAY, NOON, Purchase, invented

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
