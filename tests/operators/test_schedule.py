from hypothesis import given
from hypothesis import strategies as st

from models import MBGNBD
from operators.instant import DAY_US
from operators.rfm import Rfm
from operators.schedule import Schedule
from tests.operators import oracle

MODELS = [(0.6371, 51.17, 0.8075, 1.2284), (0.4, 25.0, 0.9, 1.1), (0.9, 70.0, 0.6, 2.5)]


def schedule_of(risk, effective_us):
    """Return a schedule of the first rules and then the other models, each from an instant on."""
    schedule = Schedule(risk)
    for number, since_us in enumerate(effective_us):
        r, alpha, a, b = MODELS[(number + 1) % 3]
        schedule.adopt(MBGNBD(r=r, alpha=alpha, a=a, b=b), f"v{number}", since_us)
    return schedule


def test_a_version_is_in_force_from_its_instant_on_and_for_a_customer_a_little_later(risk):
    schedule = schedule_of(risk, [100])
    assert [schedule.at(us).model_version for us in (None, 99, 100)] == ["test", "test", "v0"]
    assert [schedule.at(us, delay_us=5).model_version for us in (104, 105)] == ["test", "v0"]


def test_versions_may_be_adopted_in_any_order(risk):
    late_first = Schedule(risk)
    model = MBGNBD(r=1.0, alpha=9.0, a=1.0, b=1.0)
    late_first.adopt(model, "later", 200)
    late_first.adopt(model, "earlier", 100)
    assert [late_first.at(us).model_version for us in (99, 100, 199, 200)] == [
        "test",
        "earlier",
        "earlier",
        "later",
    ]


def test_the_rules_stay_while_the_model_changes(risk):
    found = schedule_of(risk, [100]).at(100)
    assert (found.threshold, found.quantile, found.lapse_days) == (0.5, 0.9, 90)


@given(
    days=st.lists(st.integers(0, 400), min_size=1, max_size=5, unique=True).map(sorted),
    effective_days=st.lists(st.integers(0, 1000), max_size=4, unique=True).map(sorted),
    ended_day=st.integers(400, 1500),
    delay_us=st.integers(0, 900_000_000),
)
def test_a_silence_is_crossed_when_the_version_then_in_force_says_so(
    risk, days, effective_days, ended_day, delay_us
):
    placed_us = [day * DAY_US for day in days]
    rfm = Rfm(placed_us[0], placed_us[-1], len(placed_us), 0, "1")
    schedule = schedule_of(risk, [day * DAY_US for day in effective_days])
    found = schedule.crossing(rfm, ended_day * DAY_US, delay_us)
    in_force = [(day * DAY_US + delay_us, MODELS[(i + 1) % 3]) for i, day in enumerate(effective_days)]
    expected_us = oracle.first_at_risk_us(placed_us, [(0, MODELS[0]), *in_force])
    if expected_us >= ended_day * DAY_US + 1000:
        assert found is None
    elif expected_us < ended_day * DAY_US - 1000:
        assert abs(found[0] - expected_us) < 1000
        assert found[1] is schedule.at(found[0], delay_us)
