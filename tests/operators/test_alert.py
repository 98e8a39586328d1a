import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators import alert, rfm
from operators.alert import Return
from operators.chunk import Record
from operators.clock import Clock
from operators.instant import DAY_US
from operators.order import OrderChange
from operators.policy import Policy
from operators.rfm import Customer
from operators.risk import Risk
from operators.schedule import Schedule
from tests.operators import oracle

POLICY = Policy("EUR")


def customer_with(days, cents=1250):
    customer = Customer({})
    for order_id, day in enumerate(days):
        change = OrderChange(
            "c", str(order_id), 1, day * DAY_US, cents, True, Record("orders:0", 0, None, None)
        )
        rfm.apply(customer, change)
    return customer


def implied(risk, days, now, since=0, policy=POLICY, cents=1250):
    clock = Clock(now * DAY_US, since * DAY_US)
    return alert.implied("c", customer_with(days, cents), Schedule(risk), policy, clock)


def lapsing(risk, lapse_days, **changes):
    rules = {"threshold": risk.threshold, "quantile": risk.quantile, "lapse_days": lapse_days} | changes
    return Risk(risk.model, risk.model_version, **rules)


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=12, unique=True),
    st.integers(0, 3000),
    st.integers(0, 3000),
)
def test_alerts_at_risk_are_the_crossings_that_the_orders_imply(risk, days, since, now):
    found = implied(lapsing(risk, 36_500), days, now, since)
    orders = [(str(order_id), day * DAY_US) for order_id, day in enumerate(days)]
    expected = dict(oracle.alerts(orders, since * DAY_US, now * DAY_US))
    assert found.keys() == expected.keys()
    assert all(abs(one.raised_at_us - expected[order_id]) < 1000 for order_id, one in found.items())


def test_who_is_at_risk_and_then_lapses_has_one_alert_that_escalates(risk):
    [at_risk] = implied(risk, [0], 80).values()
    assert (at_risk.level, at_risk.escalated_at_us, at_risk.returned) == ("AT_RISK", None, None)
    [lapsed] = implied(risk, [0], 90).values()
    assert (lapsed.id, lapsed.raised_at_us) == (at_risk.id, at_risk.raised_at_us)
    assert (lapsed.level, lapsed.escalated_at_us) == ("LAPSED", 90 * DAY_US)


def test_who_lapses_first_is_raised_then_and_does_not_escalate(risk):
    [lapsed] = implied(lapsing(risk, 10), [0], 80).values()
    assert (lapsed.level, lapsed.raised_at_us, lapsed.escalated_at_us) == ("LAPSED", 10 * DAY_US, None)


def test_the_next_order_resolves_an_alert_once_stream_time_has_come_to_it(risk):
    [before] = implied(risk, [0, 85], 84).values()
    [after] = implied(risk, [0, 85], 85).values()
    assert before.returned is None
    assert after.returned == Return("1", 85 * DAY_US, 1250)
    assert after.level == "AT_RISK"


def test_an_order_before_the_crossing_leaves_no_alert(risk):
    assert list(implied(risk, [0, 5], 50)) == []


@pytest.mark.parametrize(("hysteresis", "is_told"), [(0.0, True), (0.1, True), (0.11, False)])
def test_whom_an_order_hardly_lifts_is_told_of_only_when_lapsed(risk, hysteresis, is_told):
    """P(alive) right after a first order is b / (a + b), here 0.6034."""
    rules = lapsing(risk, 90, hysteresis=hysteresis)
    [one] = implied(rules, [0], 100).values()
    assert (one.raised_at_us < 90 * DAY_US) is is_told
    assert one.level == "LAPSED"


def test_within_the_cooldown_the_next_alert_is_suppressed_and_does_not_prolong_it(risk):
    days = [0, 70, 200, 600]
    raised = [one.raised_at_us // DAY_US for one in implied(risk, days, 900).values()]
    policy = Policy("EUR", cooldown_days=raised[1] - raised[0] + 1)
    suppressed = [one.suppressed_by for one in implied(risk, days, 900, policy=policy).values()]
    assert suppressed == [None, "cooldown", None, None]


def test_an_alert_before_those_that_are_published_starts_no_cooldown(risk):
    days, policy = [0, 70], Policy("EUR", cooldown_days=1000)
    first, second = implied(risk, days, 200).values()
    since = first.raised_at_us // DAY_US + 1
    [later] = implied(risk, days, 200, since, policy).values()
    assert (later.id, later.suppressed_by) == (second.id, None)


def test_an_alert_worth_less_than_its_day_asks_for_is_suppressed_and_starts_no_cooldown(risk):
    days, schedule = [0, 70, 200, 600], Schedule(risk)
    clock, customer = Clock(900 * DAY_US, 0), customer_with(days)

    def suppressed(cooldown_days):
        policy = Policy("EUR", cooldown_days=cooldown_days)
        found = alert.implied("c", customer, schedule, policy, clock).values()
        return [one.suppressed_by for one in found]

    first, second, *_ = alert.implied("c", customer, schedule, POLICY, clock).values()
    between_days = (second.raised_at_us - first.raised_at_us) // DAY_US + 1
    assert suppressed(between_days) == [None, "cooldown", None, None]
    schedule.limit(first.raised_at_us // DAY_US, first.value_at_risk_cents)
    assert suppressed(between_days) == [None, "cooldown", None, None]
    schedule.limit(first.raised_at_us // DAY_US, first.value_at_risk_cents + 1)
    assert suppressed(between_days) == ["budget", None, None, None]
    schedule.limit(second.raised_at_us // DAY_US, 10**17)
    assert suppressed(0) == ["budget", "budget", None, None]
    assert suppressed(10_000) == ["budget", "budget", None, "cooldown"]


def test_the_control_arm_is_the_share_asked_for_and_another_draw_in_another_campaign():
    ids = [str(number) for number in range(20_000)]
    arms = {
        name: [Policy("EUR", campaign=name, control_share=0.1).arm_of(id_) == "control" for id_ in ids]
        for name in ("spring", "autumn")
    }
    assert sum(arms["spring"]) == pytest.approx(2000, abs=150)
    both = sum(a and b for a, b in zip(arms["spring"], arms["autumn"], strict=True))
    assert both == pytest.approx(200, abs=60)
    assert {POLICY.arm_of(id_) for id_ in ids[:100]} == {"treatment"}


def test_the_value_at_risk_is_the_orders_that_are_to_be_missed(risk):
    [one] = implied(risk, [0], 80).values()
    rate = risk.model.r / (risk.model.alpha + one.raised_at_us / DAY_US)
    assert one.value_at_risk_cents == round(0.5 * 1250 * 90 * rate)
    [worthless] = implied(risk, [0], 80, cents=-5).values()
    assert worthless.value_at_risk_cents == 0
