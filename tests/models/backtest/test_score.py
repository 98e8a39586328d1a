import numpy as np
import pytest

from models.backtest import alerts
from models.backtest.orders import DAY_US, Orders
from models.backtest.score import Bench
from models.backtest.silences import Silences


def bench(orders, since, churn_days):
    since *= DAY_US
    made = Orders.of([who for who, _ in orders], [day * DAY_US for _, day in orders])
    return Bench(Silences.of(made, since), since, made.end_us, churn_days)


def test_quick_returns_near_the_end_are_judged_no_more_than_the_silences_beside_them():
    """Those whose outcome is known early are all returns: counting them would make every rule look worse."""
    late = [(0, 90), (0, 97), (1, 90)]
    judged = bench([(2, 10), (3, 100), *late], since=0, churn_days=50)
    assert (judged.silences.begun_us[judged.judged] / DAY_US).tolist() == [10]


def test_a_silence_that_was_open_at_the_start_is_not_judged():
    judged = bench([(0, 10), (1, 30), (2, 200)], since=20, churn_days=50)
    assert (judged.silences.begun_us[judged.judged] / DAY_US).tolist() == [30]


def test_a_fixed_rule_warns_of_all_churn_and_its_lead_is_what_is_left():
    judged = bench([(0, 10), (1, 10), (1, 50), (2, 20), (2, 45), (3, 400)], since=0, churn_days=180)
    score = judged.score("silent 30 days", alerts.after_days(judged.silences, 0, 30))
    # Judged are five silences; those of 40 days and of 350, 380 and 355 were alerted, that of 25 was not.
    assert (score.judged, score.precision, score.recall, score.median_lead_days) == (4, 0.75, 1.0, 150.0)


def test_an_alert_after_churn_is_no_warning():
    judged = bench([(0, 10), (1, 400)], since=0, churn_days=90)
    score = judged.score("silent 120 days", alerts.after_days(judged.silences, 0, 120))
    assert (score.alerts, score.judged, score.precision, score.recall, score.median_lead_days) == (
        1,
        0,
        None,
        0.0,
        0.0,
    )


def test_an_alert_at_the_instant_of_the_next_order_or_of_churn_is_none():
    judged = bench([(0, 10), (0, 40), (1, 400)], since=0, churn_days=90)
    assert alerts.after_days(judged.silences, 0, 30).tolist() == [np.inf, 30.0]
    assert judged.score("a rule", np.array([np.inf, 90.0])).judged == 0


def test_missed_churn_counts_in_the_median_lead():
    judged = bench([(0, 1), (1, 1), (2, 1), (3, 400)], since=0, churn_days=100)
    score = judged.score("a rule", np.array([10.0, np.inf, np.inf]))
    assert (score.recall, score.median_lead_days) == (pytest.approx(1 / 3), 0.0)


def test_a_history_that_ends_too_soon_is_told_how_much_is_missing():
    with pytest.raises(ValueError, match=r"first model is of 1970-01-21, .* of 1970-03-02.* needs 141 more"):
        bench([(0, 0), (1, 60)], since=20, churn_days=180)
