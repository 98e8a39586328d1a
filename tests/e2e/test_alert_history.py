"""The check of the alerts' topic passes what the contract says, and sees each way to break it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.alert_history import History, expected_headers, happened_at, type_of
from tests.operators import oracle
from tests.operators.oracle import DAY_US, FIRST, Order

START_US = 20_000 * DAY_US
VERSION = 30  # of an erasure
ORDERS = [Order("1", START_US, 2000), Order("2", START_US + 100 * DAY_US, 2000)]
TIMES = {datetime.fromtimestamp(0, UTC) + timedelta(days=day) for day in range(20_000, 20_200)}


class Written:
    """A message on the topic."""

    def __init__(self, key, value, headers):
        self._key, self._value, self._headers = key, value, headers

    def key(self):
        return self._key.encode()

    def value(self):
        return self._value

    def headers(self):
        return [(name, value.encode()) for name, value in self._headers.items()]


def told(body, day):
    return body | {"told_at": oracle.text(START_US + day * DAY_US)}


def open_on(day, orders=ORDERS):
    """The alert on the first silence, as it is told on a day."""
    return told(oracle.bodies("7", orders, FIRST, 0, START_US + day * DAY_US)["7/1"], day)


def withdrawn_on(day, reason="order-gone"):
    return told({"alert_id": "7/1", "customer_id": "7", "status": "withdrawn", "reason": reason}, day)


ERASED = withdrawn_on(0, "erasure") | {"told_at": None}
TOMBSTONE = Written("7", None, {"ce_id": "receipt/9/erased"})


def written(bodies, **headers):
    """The messages that tell of these bodies, one after the other."""
    found, before, alert = [], None, {}
    for body in bodies:
        alert = alert if body["status"] == "withdrawn" else body
        expected = expected_headers(type_of(before, body), body, alert)
        told_at = f"erasure/{VERSION}" if body.get("reason") == "erasure" else body["told_at"]
        named = {"ce_id": f"{body['alert_id']}/{type_of(before, body)}/{told_at}"} | expected
        given = {name: value for name, value in (named | headers).items() if value is not None}
        found.append(Written("7", json.dumps(body).encode(), given))
        before = body
    return found


def wrong(messages):
    return History(messages, TIMES).wrong


LIFE = [open_on(50), open_on(90), open_on(100), withdrawn_on(101), open_on(102), ERASED]


def test_a_life_is_as_it_must_be():
    assert wrong([*written(LIFE), TOMBSTONE]) == []


def test_the_last_message_of_an_alert_counts_and_an_erasure_forgets_it():
    history = History(written(LIFE[:3]), TIMES)
    assert history.standing() == {"7/1": LIFE[2]}
    assert history.told == {"7/1"}
    assert history.types == {"raised": 1, "escalated": 1, "resolved": 1}
    taken_back = History(written(LIFE[:4]), TIMES)
    assert (taken_back.standing(), taken_back.withdrawn()) == ({}, {"7/1": "order-gone"})
    assert History([*written(LIFE), TOMBSTONE], TIMES).last == {}


SPARED = open_on(50)
SUPPRESSED = SPARED | {"suppressed_by": "cooldown"}
RESOLVED = open_on(100)


@pytest.mark.parametrize(
    ("before", "body", "expected"),
    [
        (None, SPARED, "raised"),
        (None, open_on(90), "raised"),
        (None, RESOLVED, "resolved"),
        (None, SUPPRESSED, "suppressed"),
        (SPARED, open_on(90), "escalated"),
        (open_on(90), SPARED, "revised"),
        (SPARED, SPARED | {"order_value": "3.00"}, "revised"),
        (RESOLVED, RESOLVED | {"level": "AT_RISK"}, "revised"),
        (SPARED, RESOLVED, "resolved"),
        (RESOLVED, SPARED, "raised"),
        (SPARED, SUPPRESSED, "suppressed"),
        (SUPPRESSED, SPARED, "raised"),
        (SUPPRESSED, RESOLVED, "resolved"),
        (SUPPRESSED, SUPPRESSED | {"level": "LAPSED"}, "suppressed"),
        (withdrawn_on(1), SPARED, "raised"),
        (withdrawn_on(1), RESOLVED, "resolved"),
        (SPARED, withdrawn_on(1), "withdrawn"),
        (SUPPRESSED, withdrawn_on(1), "withdrawn"),
    ],
)
def test_a_type_follows_from_what_was_told_before(before, body, expected):
    assert type_of(before, body) == expected


@pytest.mark.parametrize(
    ("kind", "body", "name"),
    [
        ("raised", open_on(90), "raised_at"),
        ("escalated", open_on(90), "escalated_at"),
        ("escalated", open_on(90) | {"escalated_at": None}, "told_at"),
        ("resolved", open_on(100), "resolved_at"),
        ("revised", open_on(100), "told_at"),
        ("suppressed", open_on(100), "raised_at"),
        ("withdrawn", withdrawn_on(101), "told_at"),
    ],
)
def test_the_time_is_when_it_happened_in_the_shop(kind, body, name):
    assert happened_at(kind, body) == body[name]


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        ([open_on(50), open_on(51)], "told before"),
        ([withdrawn_on(5)], "withdrawn, but nothing stood"),
        ([*LIFE[:4], withdrawn_on(102)], "withdrawn, but nothing stood"),
        ([open_on(50) | {"told_at": "2024-11-23T12:00:00Z"}], "which was no stream time"),
        ([open_on(50) | {"told_at": None}], "told at no time"),
        ([told(open_on(100), 99)], "told before resolved_at"),
        ([open_on(60), open_on(90), told(withdrawn_on(1), 80)], "after another of its customer"),
        ([dict(reversed(open_on(50).items()))], "its fields are told_at"),
        ([{**open_on(50), "at_risk_at": ""}], "its fields are"),
    ],
)
def test_a_message_that_should_not_have_come_is_said(bodies, said):
    assert any(said in line for line in wrong(written(bodies)))


def test_a_message_that_was_written_twice_is_said():
    assert "written 2 times: 7/1/raised/2024-11-23T00:00:00Z" in wrong(written([open_on(50)]) * 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_type", "retentioncast.alert.revised"),
        ("ce_time", "2024-11-23T12:00:00Z"),
        ("ce_level", "LAPSED"),
        ("ce_arm", "control"),
        ("ce_arm", None),
        ("ce_subject", "8"),
        ("content-type", "text/plain"),
        ("ce_other", "1"),
    ],
)
def test_a_header_that_is_not_as_it_must_be_is_said(name, value):
    [line] = wrong(written([open_on(50)], **{name: value}))
    assert f"header {name} is {value}, expected" in line


def test_an_id_that_is_not_as_it_must_be_is_said():
    assert wrong(written([open_on(50)], ce_id="7/1/AT_RISK")) == ["7/1/AT_RISK: header ce_id is 7/1/AT_RISK"]
    corrects = f"7/1/raised/{open_on(50)['told_at']}/after-61"
    assert wrong(written([open_on(50)], ce_id=corrects)) == []


def test_of_times_before_the_first_that_is_known_nothing_is_said():
    assert History(written([open_on(50)]), {datetime(2025, 6, 1, tzinfo=UTC)}).wrong == []


def test_a_withdrawal_has_the_arm_and_the_level_that_were_told_last():
    assert wrong(written([open_on(90), withdrawn_on(91)])) == []
    [line] = wrong([*written([open_on(90)]), *written([open_on(50), withdrawn_on(91)])[1:]])
    assert "header ce_level is AT_RISK, expected LAPSED" in line


def test_a_key_of_somebody_else_is_said():
    [message] = written([open_on(50)])
    message._key = "8"
    assert wrong([message]) == [f"7/1/raised/{open_on(50)['told_at']}: its key is b'8'"]


def test_a_tombstone_says_nothing_more_and_comes_after_the_withdrawals():
    assert any("buries 7/1" in line for line in wrong([*written(LIFE[:1]), TOMBSTONE]))
    assert wrong([Written("7", None, {"ce_id": "receipt/9/erased", "ce_type": "x"})]) != []
    assert wrong(written([*LIFE[:4], ERASED])) == []


def test_an_erasure_is_told_at_once_and_so_perhaps_before_what_a_crashed_run_has_told():
    at_once = withdrawn_on(80, "erasure")
    assert wrong(written([open_on(50), open_on(90), at_once])) == []
    assert any(
        "no stream time" in line for line in wrong(written([open_on(50), withdrawn_on(999, "erasure")]))
    )
