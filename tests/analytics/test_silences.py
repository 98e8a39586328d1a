"""Table silences follows store, whatever is done to them."""

from datetime import datetime, timedelta
from random import Random
from threading import Thread

import psycopg
import pytest

from tests.analytics.store import DAY, MICROSECOND, NOON
from tests.analytics.survival_of import first_silences

pytestmark = pytest.mark.stack

LINES = """
    SELECT customer_id, from_days, to_days, age_days, silent_since
    FROM silences ORDER BY customer_id, from_days
"""


def silences(store):
    return [line[:4] for line in store.rows(LINES)]


def test_only_a_silence_longer_than_all_before_has_a_line(store):
    days = [0, 10, 15, 25, 36, 36.5, 40]
    store.order("anna", *(NOON + day * DAY for day in days))
    store.order("bert", NOON)
    assert silences(store) == [
        ("anna", 1, 10, 0),
        ("anna", 11, 11, 25),
        ("anna", 12, None, 40),
        ("bert", 1, None, 0),
    ]


def test_a_day_has_24_hours(store):
    march = datetime.fromisoformat("2026-03-01T12:00:00-05:00")
    late = march + 30 * DAY
    store.order("short", march, late - MICROSECOND)
    store.order("whole", march, late)
    assert [line[2] for line in silences(store)] == [29, None, 30, None]


def test_orders_of_one_day_are_no_silence(store):
    store.order("anna", NOON, NOON, NOON + DAY - MICROSECOND)
    assert silences(store) == [("anna", 1, None, 0)]
    [(_, _, _, _, since)] = store.rows(LINES)
    assert since == NOON + DAY - MICROSECOND


def test_a_refund_ends_no_silence(store):
    store.order("anna", NOON)
    before = store.rows(LINES)
    store.order("anna", NOON + 40 * DAY, is_order=False)
    store.order("bert", NOON, is_order=False)
    assert store.rows(LINES) == before


@pytest.mark.parametrize(
    "change", ["UPDATE purchases SET value = 7", "UPDATE purchases SET execution = 9, order_id = 'other'"]
)
def test_what_moves_no_order_writes_no_line(store, change):
    store.order("anna", NOON, NOON + DAY)
    before = store.rows("SELECT ctid, * FROM silences")
    store.database.execute(change)
    assert store.rows("SELECT ctid, * FROM silences") == before


def test_an_erased_customer_has_no_line(store):
    store.order("anna", NOON, NOON + DAY)
    store.order("bert", NOON)
    store.database.execute("DELETE FROM purchases WHERE customer_id = 'anna'")
    assert silences(store) == [("bert", 1, None, 0)]
    store.database.execute("TRUNCATE purchases")
    assert silences(store) == []


def edit(random, store):
    """Do something to some of the lines, as an upsert, an update or a deletion."""
    some = f"customer_id = '{random.randrange(12)}' AND ascii(right(line, 1)) % 3 = {random.randrange(3)}"
    action = random.choice(["order", "upsert", "move", "join", "refund", "merge", "delete"])
    if action == "order":
        store.order(random.randrange(12), *(NOON - random.uniform(0, 300) * DAY for _ in range(3)))
        return
    upsert = f"""
        INSERT INTO purchases
        SELECT customer_id, line, order_id, placed_at - interval '50 days', value, is_order, execution
        FROM purchases WHERE {some} AND line <> 'new'
        UNION ALL SELECT '{random.randrange(12)}', 'new', 'new', '{NOON}', 1, true, 1
        ON CONFLICT (customer_id, line) DO UPDATE SET placed_at = excluded.placed_at
    """
    merge = f"customer_id = '{random.randrange(12)}', line = line || '/{random.random()}'"
    statements = {
        "upsert": upsert,
        "move": f"UPDATE purchases SET placed_at = placed_at + interval '41 days' WHERE {some}",
        "join": f"UPDATE purchases SET placed_at = '{NOON - 150 * DAY}' WHERE {some}",
        "refund": f"UPDATE purchases SET is_order = NOT is_order WHERE {some}",
        "merge": f"UPDATE purchases SET {merge} WHERE {some}",
        "delete": f"DELETE FROM purchases WHERE {some}",
    }
    store.database.execute(statements[action])


def assert_silences_follow(store):
    orders = store.rows("SELECT customer_id, placed_at FROM purchases WHERE is_order")
    for silence_days in (1, 7, 30, 45, 90, 400):
        found = store.rows("SELECT customer_id, duration_days, silent FROM first_silences(%s)", silence_days)
        assert {customer: line for customer, *line in found} == {
            customer: list(line) for customer, line in first_silences(orders, silence_days, NOON).items()
        }
        assert len(found) == len({customer for customer, *_ in found})


@pytest.mark.parametrize("seed", range(3))
def test_after_any_edits_the_lines_are_those_of_the_orders(store, seed):
    random = Random(seed)
    store.set_time(NOON)
    store.fill((random.randrange(12), NOON - random.uniform(-9, 300) * DAY) for _ in range(40))
    assert_silences_follow(store)
    for _ in range(60):
        edit(random, store)
        assert_silences_follow(store)


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "new"])
def test_two_transactions_may_change_a_customer_at_once(store, is_known):
    if is_known:
        store.order("anna", NOON)
    insert = "INSERT INTO purchases VALUES ('anna', %s, %s, %s, 1, true, 1)"
    with psycopg.connect(store.database.info.dsn, password=store.database.info.password) as other:
        other.execute(insert, ("x", "x", NOON + 40 * DAY))
        here = Thread(target=store.database.execute, args=(insert, ("y", "y", NOON + 20 * DAY)))
        here.start()
        here.join(1)
        assert here.is_alive(), "it does not wait"
        other.commit()
        here.join()
    first = NOON if is_known else NOON + 20 * DAY
    [*_, (_, from_days, to_days, _, since)] = store.rows(LINES)
    assert (from_days, to_days, since) == (21, None, NOON + 40 * DAY)
    assert store.rows("SELECT DISTINCT first_purchase FROM silences") == [(first,)]


def test_a_cohort_is_a_month_where_the_shop_is(store):
    store.set_zone("Asia/Tokyo")
    midnight = datetime.fromisoformat("2026-03-01T00:00:00+09:00")
    store.order("february", midnight - MICROSECOND)
    store.order("march", midnight, midnight + timedelta(days=40))
    cohorts = "SELECT customer_id, cohort::text FROM silences ORDER BY 1, 2"
    february, *march = store.rows(cohorts)
    assert february == ("february", "2026-02-01")
    assert march == [("march", "2026-03-01")] * 2
    store.set_zone("Europe/London")
    assert {cohort for _, cohort in store.rows(cohorts)} == {"2026-02-01"}


def test_cohorts_are_those_of_utc_until_the_shop_is_known(store):
    store.order("anna", datetime.fromisoformat("2026-02-28T23:30:00+00:00"))
    assert store.rows("SELECT cohort::text FROM silences") == [("2026-02-01",)]
    store.set_zone("Europe/Berlin")
    assert store.rows("SELECT cohort::text FROM silences") == [("2026-03-01",)]
