"""The check of erasures sees each way in which somebody may be left behind."""

import sqlite3
from hashlib import sha256

import pytest

from tests.crash.erasures import WITHDRAWN, remembered, residue, topic_mismatches

RAISED = b"retentioncast.alert.raised"
TOMBSTONE = f"{sha256(b'a').hexdigest()}/30/erased"
GONE = [
    ("a", "a/1/raised/2026-01-01T00:00:00Z", RAISED),
    ("a", "a/1/withdrawn/erasure/30", WITHDRAWN),
    ("a", TOMBSTONE, None),
    ("b", "b/2/raised/2026-01-02T00:00:00Z", RAISED),
    ("b", "b/2/withdrawn/2026-01-03T00:00:00Z", WITHDRAWN),
]


class Written:
    """A message on the alerts' topic."""

    def __init__(self, key, id_, type_):
        self._key, self._id, self._type = key, id_, type_

    def key(self):
        return self._key.encode()

    def headers(self):
        return [("ce_id", self._id.encode()), *([] if self._type is None else [("ce_type", self._type)])]


def check(messages):
    return topic_mismatches({"a"}, [Written(*message) for message in messages])


def test_an_erasure_with_its_withdrawal_and_its_tombstone_last_is_as_it_must_be():
    assert check(GONE) == []


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([GONE[0], GONE[2]], "not withdrawn: a/1"),
        ([*GONE, ("b", "b/2/withdrawn/erasure/30", WITHDRAWN)], "withdrawn, but not due: b/2"),
        (GONE[:2], "the last word on a, who was erased, is a/1/withdrawn/erasure/30"),
        ([GONE[2], *GONE[:2]], "the last word on a, who was erased, is a/1/withdrawn/erasure/30"),
        ([*GONE, ("b", "0/31/erased", None)], "tombstone of nobody: 0"),
    ],
)
def test_whatever_is_missing_too_much_or_out_of_order_is_said(messages, said):
    assert check(messages) == [said]


@pytest.fixture
def store(tmp_path):
    with sqlite3.connect(tmp_path / "part-0.sqlite3") as file:
        file.execute("CREATE TABLE snaps (step_id, state_key, snap_epoch, ser_change)")
        rows = [
            ("customers", "00001", 5, b"..customer-1.."),
            ("customers", "00001", 6, b"..customer-2.."),
            ("orders", "00001", 4, b"..customer-3.."),
            ("orders", "00001", 5, None),
        ]
        file.executemany("INSERT INTO snaps VALUES (?, ?, ?, ?)", rows)
    file.close()
    return tmp_path


def test_of_a_recovery_store_only_the_newest_row_of_each_state_is_remembered(store):
    erased = {"customer-1", "customer-2", "customer-3", "customer-4"}
    assert remembered(store, erased) == ["erased, but in the state of 00001: customer-2"]
    assert residue(store, erased) == {"rows": 3, "sqlite3": 3, "sqlite3-wal": 0}
