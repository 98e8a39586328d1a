import json

from hypothesis import given
from hypothesis import strategies as st

from operators import alert, rfm
from operators.chunk import Record
from operators.clock import Clock
from operators.erasure import Withdrawal
from operators.instant import DAY_US
from operators.order import OrderChange
from operators.rfm import Customer
from operators.schedule import Schedule
from tests.operators import oracle


def customer_with(days):
    customer = Customer({})
    for order_id, day in enumerate(days):
        change = OrderChange(
            "c", str(order_id), 1, day * DAY_US, 1250, True, Record("orders:0", 0, None, None)
        )
        rfm.apply(customer, change)
    return customer


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=12, unique=True),
    st.integers(0, 3000),
    st.integers(0, 3000),
)
def test_alerts_are_the_crossings_that_the_orders_imply(risk, days, since, now):
    found = alert.implied(
        "c", customer_with(days), Schedule(risk), "EUR", Clock(now * DAY_US, since * DAY_US)
    )
    orders = [(str(order_id), day * DAY_US) for order_id, day in enumerate(days)]
    expected = oracle.alerts(orders, since * DAY_US, now * DAY_US)
    assert {a.rfm.latest_order_id for a in found} == {order_id for order_id, _ in expected}
    assert all(
        abs(a.crossed_at_us - dict(expected)[a.rfm.latest_order_id]) < 1000 and a.rfm.order_count >= 1
        for a in found
    )


def test_an_alert_has_one_id_however_late_it_is_found(risk):
    customer = customer_with([0, 400])
    early = alert.implied("c", customer_with([0]), Schedule(risk), "EUR", Clock(300 * DAY_US, 0))
    late = alert.implied("c", customer, Schedule(risk), "EUR", Clock(410 * DAY_US, 0))
    assert [a.id for a in early] == [a.id for a in late] == ["c/0/AT_RISK"]


def test_the_message_is_a_cloud_event_keyed_by_customer(risk):
    [raised] = alert.implied("c", customer_with([0]), Schedule(risk), "EUR", Clock(300 * DAY_US, 0))
    message = alert.to_message(raised)
    headers = dict(message.headers)
    assert (message.id, message.key) == ("c/0/AT_RISK", b"c")
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"retentioncast.alert.raised"
    assert headers["ce_subject"] == b"c"
    body = json.loads(message.value)
    assert body["order_value"] == "12.50"
    assert body["at_risk_at"].encode() == headers["ce_time"]
    assert body["latest_purchase"] == "1970-01-01T00:00:00Z"


def test_a_negative_value_keeps_its_sign(risk):
    customer = Customer({})
    rfm.apply(customer, OrderChange("c", "1", 1, 0, -5, True, Record("orders:0", 0, None, None)))
    [raised] = alert.implied("c", customer, Schedule(risk), "EUR", Clock(300 * DAY_US, 0))
    assert json.loads(alert.to_message(raised).value)["order_value"] == "-0.05"


def test_a_withdrawal_names_the_alert_and_has_an_id_of_its_own():
    message = alert.withdrawal_message(Withdrawal("c", "c/0/AT_RISK"))
    assert (message.id, message.key) == ("c/0/AT_RISK/withdrawn", b"c")
    assert dict(message.headers)["ce_type"] == b"retentioncast.alert.withdrawn"
    assert json.loads(message.value) == {"alert_id": "c/0/AT_RISK", "customer_id": "c", "reason": "erasure"}
