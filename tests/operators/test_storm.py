import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import MBGNBD
from models.cells import Cells
from operators.instant import DAY_US
from operators.rfm import Rfm
from operators.risk import Risk, state_at
from operators.storm import StormLimit

# Under both P(alive) right after a first order is b / (a + b) = 0.67. It is 0.5 after 33 days, or 10.
SLOW, FAST = (MBGNBD(r=1.0, alpha=alpha, a=1.0, b=2.0) for alpha in (33.0, 10.0))


def rules(hysteresis=0.0):
    return Risk(SLOW, "slow", threshold=0.5, quantile=0.9, lapse_days=90, hysteresis=hysteresis)


def silent(*customers_by_days):
    """Customers with one order, so many days ago each."""
    days, customers = (np.array(column, dtype=float) for column in zip(*customers_by_days, strict=True))
    nothing = np.zeros_like(days)
    return Cells(nothing, nothing, days, customers, nothing)


def figures(reason):
    return reason.partition("alerts on ")[2].partition(":")[0]


def test_customers_at_risk_by_the_fit_alone_are_a_storm_and_the_reason_says_what_to_do():
    reason = StormLimit(rules(), 0.05).objection(silent((5, 2877), (20, 123)), SLOW, FAST)
    assert reason == ""
    reason = StormLimit(rules(), 0.05).objection(silent((5, 2631), (20, 369)), SLOW, FAST)
    assert reason == (
        "adoption is paused: it would raise alerts on 369 of 3,000 customers at once, 12.3 %, more than 5 %: "
        "to adopt it all the same, set RETENTIONCAST_STORM_SHARE higher and ask for a census "
        "(python -m models.refit)"
    )


@pytest.mark.parametrize(
    ("silent_days", "counts"),
    [(9.9, False), (10.1, True), (32.9, True), (33.1, False), (89.9, False), (91, False)],
)
def test_who_is_at_risk_by_both_is_alerted_of_already(silent_days, counts):
    reason = StormLimit(rules(), 0.01).objection(silent((1, 900), (silent_days, 100)), SLOW, FAST)
    assert figures(reason) == ("100 of 1,000 customers at once, 10 %, more than 1 %" if counts else "")


@pytest.mark.parametrize(("silent_days", "counts"), [(89.9, True), (90, False), (400, False)])
def test_who_has_lapsed_is_alerted_of_already(silent_days, counts):
    never = MBGNBD(r=1.0, alpha=1e4, a=1.0, b=2.0)
    assert bool(StormLimit(rules(), 0.01).objection(silent((silent_days, 100)), never, FAST)) is counts


def test_whom_hysteresis_spares_is_not_counted():
    spared, told = (Cells(*(np.array([value]) for value in (x, 0.0, 20.0, 100.0, 0.0))) for x in (0.0, 5.0))
    limit, fast = StormLimit(rules(hysteresis=0.2), 0.01), MBGNBD(r=1.0, alpha=1.0, a=1.0, b=2.0)
    never = MBGNBD(r=1.0, alpha=1e9, a=1.0, b=2.0)
    assert limit.objection(spared, never, fast) == ""
    assert limit.objection(told, never, fast) != ""
    assert StormLimit(rules(), 0.01).objection(spared, never, fast) != ""


def test_whom_only_the_fit_tells_of_is_counted():
    """Both say at risk, but hysteresis has spared the customers under the version in force."""
    likelier = MBGNBD(r=1.0, alpha=1.0, a=1.0, b=8.0)
    limit = StormLimit(rules(hysteresis=0.2), 0.01)
    assert limit.objection(silent((80, 100)), FAST, likelier) != ""


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_as_many_as_the_limit_are_no_storm(share):
    customers = silent((1, 1000 * (1 - share)), (20, 1000 * share))
    assert StormLimit(rules(), share).objection(customers, SLOW, FAST) == ""
    assert StormLimit(rules(), share - 1e-3).objection(customers, SLOW, FAST) != ""


def test_nobody_is_no_storm():
    assert StormLimit(rules(), 0.01).objection(Cells(*np.zeros((5, 0))), SLOW, FAST) == ""


def test_a_version_that_spares_customers_is_no_storm():
    assert StormLimit(rules(), 0.01).objection(silent((20, 100)), FAST, SLOW) == ""


@given(st.integers(0, 40), st.floats(0, 500), st.floats(0, 200), st.sampled_from([0.0, 0.2, 0.4]))
def test_cells_are_alerted_of_as_their_customers_are(frequency, recency_days, silence_days, hysteresis):
    risk = rules(hysteresis)
    latest_us = round(recency_days * DAY_US) if frequency else 0
    now_us = latest_us + round(silence_days * DAY_US)
    rfm = Rfm(0, latest_us, frequency + 1, 100, "1")
    crossings = risk.crossings(rfm)
    if any(at_us is not None and abs(at_us - now_us) < 1000 for at_us in crossings):
        return  # both sides compute in double precision
    columns = (frequency, latest_us / DAY_US, now_us / DAY_US, 1, 0)
    histories = Cells(*(np.array([value], dtype=float) for value in columns))
    is_at_risk = state_at(crossings, latest_us, now_us)[0] == "AT_RISK"
    assert risk.is_alerted(histories).tolist() == [is_at_risk and risk.is_told_of(rfm)]
