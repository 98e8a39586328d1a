import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.rfm import Rfm
from operators.risk import DAY_US, FREQUENCIES_TABLED, Crossings, next_after, state_at
from tests.operators import oracle

DAY_US_2024 = 19723 * DAY_US


@given(
    st.integers(0, 2000),
    st.integers(0, 1500 * DAY_US),
)
def test_crossings_are_the_models_to_the_millisecond(risk, frequency, span_us):
    span_us = span_us if frequency else 0
    rfm = Rfm(DAY_US_2024, DAY_US_2024 + span_us, frequency + 1, 0, "1")
    placed = [rfm.first_us] + [rfm.latest_us] * frequency
    crossings = risk.crossings(rfm)
    assert crossings.at_risk_at_us == pytest.approx(oracle.at_risk_at_us(placed), abs=1000)
    assert crossings.overdue_at_us == pytest.approx(oracle.overdue_at_us(placed), abs=1000)
    assert crossings.lapsed_at_us == rfm.latest_us + 90 * DAY_US


def test_p_alive_is_the_threshold_at_the_crossing(risk):
    placed = [DAY_US_2024, DAY_US_2024 + 40 * DAY_US, DAY_US_2024 + 55 * DAY_US]
    crossed_us = risk.crossings(Rfm(placed[0], placed[-1], 3, 0, "1")).at_risk_at_us
    assert oracle.p_alive(placed, crossed_us) == pytest.approx(0.5, abs=1e-9)


def test_frequencies_beyond_the_table_meet_it_without_a_jump(risk):
    days = [
        risk.crossings(Rfm(0, 100 * DAY_US, FREQUENCIES_TABLED + i, 0, "1")).at_risk_at_us for i in range(3)
    ]
    assert days[0] > days[1] > days[2]
    assert days[0] - days[1] == pytest.approx(days[1] - days[2], rel=0.05)


CROSSINGS = Crossings(overdue_at_us=10, at_risk_at_us=20, lapsed_at_us=15)


@pytest.mark.parametrize(
    ("now_us", "state"),
    [
        (None, ("ACTIVE", 5)),
        (9, ("ACTIVE", 5)),
        (10, ("OVERDUE", 10)),
        (15, ("LAPSED", 15)),
        (20, ("LAPSED", 15)),
    ],
)
def test_the_highest_state_reached_holds(now_us, state):
    assert state_at(CROSSINGS, 5, now_us) == state


def test_the_next_crossing_is_the_first_still_ahead():
    assert [next_after(CROSSINGS, now) for now in (None, 9, 10, 15, 20)] == [10, 10, 15, 20, None]
    assert next_after(Crossings(None, None, 7), 7) is None
