"""The check finds what it is there to find."""

import json
from dataclasses import dataclass

from tests.crash.check import reject_mismatches, repeats
from tests.e2e.topics import BY_HAND

ORDERS = "shop.crash.orders"


@dataclass(frozen=True)
class Record:
    """As much of a Kafka message as the check asks for."""

    of_topic: str
    at: int
    with_key: bytes
    with_value: bytes | None
    with_headers: tuple = ()

    def topic(self):
        return self.of_topic

    def partition(self):
        return 0

    def offset(self):
        return self.at

    def key(self):
        return self.with_key

    def value(self):
        return self.with_value

    def headers(self):
        return list(self.with_headers)


def change(at, currency="EUR", lsn=7, status="paid"):
    after = {"currency": currency, "status": status}
    value = {"op": "c", "source": {"lsn": lsn}, "before": None, "after": after}
    return Record(ORDERS, at, b"1", json.dumps(value).encode())


def reject(record, reason, value=None):
    headers = {"rc.topic": record.topic(), "rc.partition": "0", "rc.offset": str(record.offset())}
    encoded = [(name, text.encode()) for name, text in headers.items()]
    return Record("rejects", 0, record.key(), value or record.value(), (*encoded, ("rc.reason", reason)))


YEN = change(3, currency="JPY")
GARBAGE = Record(ORDERS, 4, BY_HAND + b"1", b"garbage")
RECORDS = [change(1), YEN, GARBAGE]
REASONS = {GARBAGE.key(): b"malformed"}
GOOD = [reject(YEN, b"currency"), reject(GARBAGE, b"malformed")]


def wrong(rejects, records=RECORDS):
    return reject_mismatches(records, rejects, REASONS)


def test_rejects_that_are_as_expected_are_passed():
    assert wrong(GOOD) == []


def test_a_reject_that_is_missing_altered_repeated_or_not_expected_is_found():
    assert len(wrong(GOOD[1:])) == 1
    assert len(wrong([GOOD[0], reject(GARBAGE, b"malformed", b"garbagf")])) == 1
    assert len(wrong([GOOD[0], reject(GARBAGE, b"currency")])) == 1
    assert len(wrong([*GOOD, GOOD[0]])) == 1
    assert len(wrong([*GOOD, reject(change(1), b"currency")])) == 1


def test_an_order_that_does_not_count_needs_no_rate():
    pending = change(5, currency="JPY", status="pending")
    assert wrong(GOOD, [*RECORDS, pending]) == []
    assert len(wrong([*GOOD, reject(pending, b"currency")], [*RECORDS, pending])) == 1


def test_garbage_that_has_not_come_to_its_topic_is_found():
    assert wrong(GOOD[:1], [change(1), YEN]) == ["not on its topic: b'by hand 1'"]


def test_a_change_that_came_twice_is_counted_and_one_of_another_lsn_is_not():
    assert repeats([change(1), change(2), change(3, lsn=8), GARBAGE]) == 1
