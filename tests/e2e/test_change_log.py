"""The replayed topics know what stood in the orders when, and for whose account."""

import json

from tests.e2e.change_log import ChangeLog
from tests.e2e.versions import Version
from tests.operators import oracle

DAY_1, DAY_99, DAY_120 = "2026-01-01T00:00:00Z", "2026-04-09T00:00:00Z", "2026-05-01T00:00:00Z"


GIVEN = [Version(None, "given", *oracle.MODEL)]


def record(lsn, op, before, after):
    return json.dumps({"op": op, "source": {"lsn": lsn}, "before": before, "after": after}).encode()


def order(id_, customer_id, placed_at=DAY_1, **columns):
    row = {"id": id_, "customer_id": customer_id, "status": "paid", "total": "9.00", "currency": "EUR"}
    return {**row, "placed_at": placed_at, **columns}


def customer(id_, merged_into=None):
    return {"id": id_, "merged_into": merged_into}


def beat(lsn, shop_time):
    return record(lsn, "u", None, {"id": 1, "shop_time": shop_time})


def test_a_silence_that_stood_when_time_passed_its_crossing_could_be_alerted():
    placed = record(10, "c", None, order(1, 7))
    log = ChangeLog([placed], [beat(20, DAY_99)])
    assert log.could_have_raised("7/1", GIVEN)
    assert not log.could_have_raised("8/1", GIVEN)
    assert not ChangeLog([placed], [beat(20, DAY_1)]).could_have_raised("7/1", GIVEN)


def test_a_silence_taken_back_before_time_came_to_its_crossing_could_not():
    changes = [record(10, "c", None, order(1, 7)), record(12, "d", order(1, 7), None)]
    assert not ChangeLog(changes, [beat(20, DAY_1), beat(30, DAY_99)]).could_have_raised("7/1", GIVEN)


def test_a_silence_that_stands_while_one_partition_is_ahead_of_another_could_be_alerted():
    soon, later = order(2, 7, "2026-01-11T00:00:00Z"), order(3, 7, "2026-01-21T00:00:00Z")
    changes = [record(10, "c", None, order(1, 7)), record(11, "c", None, soon)]
    changes += [record(30, "c", None, later), record(31, "d", soon, None)]
    log = ChangeLog(changes, [beat(20, DAY_1), beat(40, DAY_99)])
    assert log.could_have_raised("7/1", GIVEN)
    assert not ChangeLog(changes[:3], [beat(20, DAY_1), beat(40, DAY_99)]).could_have_raised("7/1", GIVEN)


def test_orders_in_an_unknown_currency_and_below_zero_begin_no_silence():
    changes = [
        record(10, "c", None, order(1, 7, currency="JPY")),
        record(11, "c", None, order(2, 7, total="-1")),
    ]
    log = ChangeLog(changes, [beat(20, DAY_99)])
    assert not log.could_have_raised("7/1", GIVEN)
    assert not log.could_have_raised("7/2", GIVEN)


def test_a_merge_puts_an_account_s_orders_into_one_row_of_silences_and_its_end_takes_them_apart():
    orders = [record(10, "c", None, order(1, "a")), record(11, "c", None, order(2, "b", DAY_99))]
    merged = record(12, "u", customer("a"), customer("a", "b"))
    beats = [beat(20, DAY_1), beat(40, DAY_120)]
    assert ChangeLog(orders, beats, [merged]).could_have_raised("b/1", GIVEN)
    assert not ChangeLog(orders, beats, [merged]).could_have_raised("a/1", GIVEN)
    parted = record(13, "u", customer("a", "b"), customer("a"))
    assert ChangeLog(orders, beats, [merged, parted]).could_have_raised("a/1", GIVEN)
