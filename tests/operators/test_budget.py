import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators import budget, news
from operators.budget import Budget
from operators.risk import VALUE_MOST_CENTS
from operators.version import Request, to_message
from tests.operators.versions import adopted

DAY = 20_782  # 2026-11-25
BUDGET = Budget(day=DAY, alerts_a_day=100, due=1234, least_cents=1234)
budgets = st.builds(
    Budget,
    day=st.integers(0, 2_932_896),  # the year 9999
    alerts_a_day=st.integers(1, 2**63 - 1),
    due=st.integers(0, 2**63 - 1),
    least_cents=st.integers(0, VALUE_MOST_CENTS),
)


def value_of(changes):
    return json.dumps(json.loads(budget.to_message(BUDGET).value) | changes).encode()


def test_a_budget_is_an_event_of_the_hour_before_its_day_keyed_by_its_name():
    message = budget.to_message(BUDGET)
    assert (message.id, message.key) == ("budget-2026-11-25", b"budget-2026-11-25")
    headers = dict(message.headers)
    assert headers["ce_type"] == b"retentioncast.alert.budget"
    assert headers["ce_time"] == b"2026-11-24T23:00:00Z"
    assert message.value == (b'{"budget":"2026-11-25","alerts_a_day":100,"due":1234,"least_value":"12.34"}')


@settings(deadline=None)
@given(budgets)
def test_what_is_written_is_read(record):
    assert news.from_json(budget.to_message(record).value) == record


@pytest.mark.parametrize("record", [adopted(0, "v"), Request(5)])
def test_the_other_records_of_the_topic_are_read_beside_it(record):
    assert news.from_json(to_message(record).value) == record


def test_fields_of_the_future_are_passed_over():
    assert news.from_json(value_of({"of_the_future": [1]})) == BUDGET


WRONG = {
    "no day": {"budget": "2026-02-30"},
    "an instant": {"budget": "2026-11-25T00:00:00Z"},
    "no day at all": {"budget": None},
    "no alerts": {"alerts_a_day": 0},
    "fewer than none": {"due": -1},
    "more than 64 bits": {"due": 2**63},
    "a value below nothing": {"least_value": "-0.01"},
    "a value in one digit": {"least_value": "12.3"},
    "a number": {"least_value": 12.34},
    "a value with a line's end": {"least_value": "12.34\n"},
    "more than can be remembered": {"least_value": f"{10**16}.00"},
    "not finite": {"least_value": math.nan},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_what_is_no_budget_is_refused(changes):
    with pytest.raises(ValueError, match="nor a day's budget"):
        news.from_json(value_of(changes))


@pytest.mark.parametrize("value", [b"", b"\x00", b"[]", b'{"version": 1}', b'{"budget":' * 100_000])
def test_what_is_nothing_of_the_topic_is_refused(value):
    with pytest.raises(ValueError, match="neither a version"):
        news.from_json(value)
