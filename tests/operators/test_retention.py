"""An empty recovery store, and a topic that holds its alerts no more, some of them, or all."""

import pytest

from operators.announcement import Announcement
from operators.chunk import Record
from operators.clock import Heartbeat, Progress
from operators.customer import Lifecycle
from operators.customers import CustomerShard
from operators.instant import DAY_US
from operators.order import Echo, OrderChange
from operators.policy import Policy
from operators.schedule import Schedule

NOW = 400
ORDERED = {"back": [0, 200], "silent": [0], "silent since": [300]}  # days


@pytest.fixture
def start(risk):
    """Start with an empty store at day NOW; return what the topic is told that holds some bodies."""

    def tell(bodies=(), since=0, orders=ORDERED):
        shard = CustomerShard(Lifecycle(Schedule(risk), Policy("EUR")), 1, since * DAY_US)
        group = shard.add_group()
        changes = [
            OrderChange(
                customer, f"{customer} {day}", 1, day * DAY_US, 100, True, Record("o:0", 0, None, None)
            )
            for customer, days in orders.items()
            for day in days
        ]
        outputs = list(group.on_changes([*changes, *(Echo(body.customer_id, body, 0) for body in bodies)]))
        outputs += shard.on_progress([Progress("beat:0", 1, Heartbeat(NOW * DAY_US, {}))])
        return [output for output in outputs if isinstance(output, Announcement)]

    return tell


def told(announcements):
    return {(announcement.kind, announcement.body.alert_id) for announcement in announcements}


def test_of_an_empty_topic_all_is_told(start):
    assert told(start()) == {
        ("resolved", "back/back 0"),
        ("raised", "back/back 200"),
        ("raised", "silent/silent 0"),
        ("raised", "silent since/silent since 300"),
    }


def test_of_a_topic_that_holds_all_nothing_is(start):
    assert start([announcement.body for announcement in start()]) == []


def test_what_the_topic_holds_no_more_is_told_again(start):
    bodies = [announcement.body for announcement in start()]
    kept = [body for body in bodies if body.alert_id in {"back/back 200", "silent since/silent since 300"}]
    assert told(start(kept)) == {("resolved", "back/back 0"), ("raised", "silent/silent 0")}


def test_but_for_alerts_raised_before_those_that_are_published(start):
    bodies = [announcement.body for announcement in start()]
    kept = [body for body in bodies if body.alert_id == "silent since/silent since 300"]
    assert told(start(kept, since=150)) == {("raised", "back/back 200")}


@pytest.mark.parametrize(("since", "is_resolved"), [(0, True), (150, False)])
def test_nor_is_the_topic_told_what_becomes_of_these(start, since, is_resolved):
    bodies = [announcement.body for announcement in start()]
    found = told(start(bodies, since, ORDERED | {"silent": [0, 390]}))
    assert found == ({("resolved", "silent/silent 0")} if is_resolved else set())


def test_what_is_gone_from_topic_and_shop_is_not_withdrawn(start):
    bodies = [announcement.body for announcement in start()]
    kept = [body for body in bodies if body.customer_id != "silent"]
    orders = {customer: days for customer, days in ORDERED.items() if customer != "silent"}
    assert told(start(bodies, orders=orders)) == {("withdrawn", "silent/silent 0")}
    assert start(kept, orders=orders) == []
