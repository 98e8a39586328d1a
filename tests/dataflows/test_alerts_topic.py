"""The check of what a world's topic holds in the end sees what is missing, too much, or another."""

import json

import pytest

from operators.message import Message
from tests.dataflows.alerts_topic import implied, mismatches, standing
from tests.dataflows.world import START_US, World
from tests.operators import oracle
from tests.shop_files import DEMO, EVERYTHING


def told(body):
    value = json.dumps(body | {"told_at": "2026-01-01T00:00:00Z"}).encode()
    return Message(body["alert_id"], body["customer_id"].encode(), value, [])


def withdrawn(body):
    return told({"alert_id": body["alert_id"], "customer_id": body["customer_id"], "status": "withdrawn"})


@pytest.fixture(scope="module", params=[DEMO, EVERYTHING], ids=["demo", "everything"])
def expected(request):
    return implied(World(3, request.param), lambda _: oracle.FIRST, START_US)


def test_a_world_has_alerts_of_every_kind(expected):
    assert {body["status"] for body in expected.values()} == {"open", "resolved"}
    assert {body["level"] for body in expected.values()} == {"AT_RISK", "LAPSED"}


def test_what_was_told_last_stands_and_is_compared_without_when_it_was_told(expected):
    messages = [told(body | {"order_count": 99}) for body in expected.values()]
    messages += [told(body) for body in expected.values()]
    assert mismatches(standing(messages), expected) == []


def test_whatever_is_missing_too_much_or_another_is_said(expected):
    messages = [told(body) for body in expected.values()]
    body = next(iter(expected.values()))
    id_, customer_id = body["alert_id"], body["customer_id"]
    assert mismatches(standing([*messages, withdrawn(body)]), expected) == [f"lost: {id_}"]
    tombstone = Message("receipt/1/erased", customer_id.encode(), None, [])
    of_customer = {other for other in expected if expected[other]["customer_id"] == customer_id}
    assert set(mismatches(standing([*messages, tombstone]), expected)) == {
        f"lost: {it}" for it in of_customer
    }
    other = body | {"alert_id": "nobody/1"}
    assert mismatches(standing([*messages, told(other)]), expected) == ["not withdrawn: nobody/1"]
    [line] = mismatches(standing([*messages, told(body | {"order_value": "0.01"})]), expected)
    assert line.startswith(f"{id_} differs in order_value: ")
