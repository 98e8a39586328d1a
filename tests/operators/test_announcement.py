import json

import pytest
from msgspec.structs import replace

from operators import alert as alerts
from operators import announcement
from operators.alert_body import from_json
from operators.announcement import announce, body_of, withdraw
from operators.clock import Clock
from operators.instant import DAY_US
from operators.schedule import Schedule
from operators.told import told_of
from tests.operators.test_alert import POLICY, customer_with, implied


def only(risk, days, now):
    [one] = implied(risk, days, now).values()
    return one


def gone(reason, now_us):
    return withdraw("c", "0", reason, "LAPSED", POLICY, now_us)


def said(risk, now_days, told, days=(0,)):
    alert = only(risk, days, now_days)
    known = None if told is None else told_of(body_of(told, POLICY, 0))
    one = announce(alert, known, POLICY, now_days * DAY_US)
    return [] if one is None else [one.kind]


def test_what_differs_from_what_was_told_is_told_by_its_name(risk):
    at_risk, lapsed, returned = only(risk, [0], 80), only(risk, [0], 95), only(risk, [0, 96], 97)
    assert said(risk, 80, None) == ["raised"]
    assert said(risk, 81, at_risk) == []
    assert said(risk, 95, None) == ["raised"]
    assert said(risk, 95, at_risk) == ["escalated"]
    assert said(risk, 97, lapsed, [0, 96]) == ["resolved"]
    assert said(risk, 97, None, [0, 96]) == ["resolved"]
    assert said(risk, 98, returned, [0, 96]) == []
    assert said(risk, 98, returned, [0, 97]) == ["revised"]
    assert said(risk, 98, returned) == ["raised"]
    assert said(risk, 80, lapsed) == ["revised"]


def test_an_alert_that_was_withdrawn_is_raised_again(risk):
    told = told_of(gone("order-gone", 0).body)
    again = announce(only(risk, [0], 80), told, POLICY, 80 * DAY_US)
    assert again.kind == "raised"


def test_the_message_is_a_cloud_event_keyed_by_customer(risk):
    raised = announce(only(risk, [0], 80), None, POLICY, 80 * DAY_US)
    message = announcement.to_message(raised)
    headers = dict(message.headers)
    assert (message.id, message.key) == ("c/0/raised/1970-03-22T00:00:00Z", b"c")
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"retentioncast.alert.raised"
    assert headers["ce_subject"] == b"c"
    assert (headers["ce_arm"], headers["ce_level"]) == (b"treatment", b"AT_RISK")
    body = json.loads(message.value)
    assert (body["alert_id"], body["order_value"], body["status"]) == ("c/0", "12.50", "open")
    assert body["raised_at"].encode() == headers["ce_time"]
    assert body["told_at"] == "1970-03-22T00:00:00Z"
    assert from_json(message.value) == raised.body


def test_what_was_resolved_says_how_long_it_took_and_what_came(risk):
    alert = only(risk, [0, 85], 86)
    resolved = announce(alert, None, POLICY, 86 * DAY_US)
    body = resolved.body
    assert resolved.at_us == 85 * DAY_US
    assert body.resolved_after_seconds == pytest.approx(85 * 86_400 - alert.raised_at_us / 1e6, abs=1e-6)
    assert (body.resolved_by_order_id, body.resolved_by_order_value) == ("1", "12.50")


def test_an_alert_is_gone_for_one_of_three_reasons(risk):
    customer, schedule, clock = customer_with([0, 10, 400]), Schedule(risk), Clock(401 * DAY_US, 0)
    reasons = [alerts.reason_gone(customer, order_id, schedule, clock) for order_id in "7012"]
    assert reasons == ["order-gone", "earlier-order", "history-changed", "history-changed"]


def test_a_withdrawal_says_why():
    message = announcement.to_message(gone("order-gone", 5_000_000))
    headers = dict(message.headers)
    assert (message.id, message.key) == ("c/0/withdrawn/1970-01-01T00:00:05Z", b"c")
    assert headers["ce_type"] == b"retentioncast.alert.withdrawn"
    assert (headers["ce_arm"], headers["ce_level"]) == (b"treatment", b"LAPSED")
    assert json.loads(message.value)["reason"] == "order-gone"


def test_an_erasure_is_told_by_one_name_whenever_it_is():
    said = [replace(gone("erasure", now), erased_version=30) for now in (None, 1, 2)]
    assert {announcement.to_message(one).id for one in said} == {"c/0/withdrawn/erasure/30"}


def test_what_corrects_another_told_at_the_same_instant_has_a_name_of_its_own():
    said = replace(gone("order-gone", 5_000_000), corrects=61)
    assert announcement.to_message(said).id == "c/0/withdrawn/1970-01-01T00:00:05Z/after-61"
