"""Table silences follows purchases, whatever is done to them."""

from datetime import datetime, timedelta
from random import Random
from threading import Thread

import psycopg
import pytest

from tests.analytics.conftest import DAY, MICROSECOND, NOON
from tests.analytics.survival_of import first_silences

pytestmark = pytest.mark.stack

LINES = """
    SELECT customer_id, from_days, to_days, age_days, silent_since
    FROM silences ORDER BY customer_id, from_days
"""


def silences(purchases):
    return [line[:4] for line in purchases.rows(LINES)]


def test_only_a_silence_longer_than_all_before_has_a_line(purchases):
    days = [0, 10, 15, 25, 36, 36.5, 40]
    purchases.order("anna", *(NOON + day * DAY for day in days))
    purchases.order("bert", NOON)
    assert silences(purchases) == [
        ("anna", 1, 10, 0),
        ("anna", 11, 11, 25),
        ("anna", 12, None, 40),
        ("bert", 1, None, 0),
    ]


def test_a_day_has_24_hours(purchases):
    march = datetime.fromisoformat("2026-03-01T12:00:00-05:00")
    late = march + 30 * DAY
    purchases.order("short", march, late - MICROSECOND)
    purchases.order("whole", march, late)
    assert [line[2] for line in silences(purchases)] == [29, None, 30, None]


def test_orders_of_one_day_are_no_silence(purchases):
    purchases.order("anna", NOON, NOON, NOON + DAY - MICROSECOND)
    assert silences(purchases) == [("anna", 1, None, 0)]
    [(_, _, _, _, since)] = purchases.rows(LINES)
    assert since == NOON + DAY - MICROSECOND


def test_a_refund_ends_no_silence(purchases):
    purchases.order("anna", NOON)
    before = purchases.rows(LINES)
    purchases.order("anna", NOON + 40 * DAY, is_order=False)
    purchases.order("bert", NOON, is_order=False)
    assert purchases.rows(LINES) == before


@pytest.mark.parametrize(
    "change", ["UPDATE purchases SET value = 7", "UPDATE purchases SET execution = 9, order_id = 'other'"]
)
def test_what_moves_no_order_writes_no_line(purchases, change):
    purchases.order("anna", NOON, NOON + DAY)
    before = purchases.rows("SELECT ctid, * FROM silences")
    purchases.connection.execute(change)
    assert purchases.rows("SELECT ctid, * FROM silences") == before


def test_an_erased_customer_has_no_line(purchases):
    purchases.order("anna", NOON, NOON + DAY)
    purchases.order("bert", NOON)
    purchases.connection.execute("DELETE FROM purchases WHERE customer_id = 'anna'")
    assert silences(purchases) == [("bert", 1, None, 0)]
    purchases.connection.execute("TRUNCATE purchases")
    assert silences(purchases) == []


def edit(random, purchases):
    """Do something to some of the lines, as an upsert, an update or a deletion."""
    some = f"customer_id = '{random.randrange(12)}' AND ascii(right(line, 1)) % 3 = {random.randrange(3)}"
    action = random.choice(["order", "upsert", "move", "join", "refund", "merge", "delete"])
    if action == "order":
        purchases.order(random.randrange(12), *(NOON - random.uniform(0, 300) * DAY for _ in range(3)))
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
    purchases.connection.execute(statements[action])


def assert_silences_follow(purchases):
    orders = purchases.rows("SELECT customer_id, placed_at FROM purchases WHERE is_order")
    for silence_days in (1, 7, 30, 45, 90, 400):
        found = purchases.rows(
            "SELECT customer_id, duration_days, silent FROM first_silences(%s)", silence_days
        )
        assert {customer: line for customer, *line in found} == {
            customer: list(line) for customer, line in first_silences(orders, silence_days, NOON).items()
        }
        assert len(found) == len({customer for customer, *_ in found})


@pytest.mark.parametrize("seed", range(3))
def test_after_any_edits_the_lines_are_those_of_the_orders(purchases, seed):
    random = Random(seed)
    purchases.set_time(NOON)
    purchases.fill((random.randrange(12), NOON - random.uniform(-9, 300) * DAY) for _ in range(40))
    assert_silences_follow(purchases)
    for _ in range(60):
        edit(random, purchases)
        assert_silences_follow(purchases)


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "new"])
def test_two_transactions_may_change_a_customer_at_once(purchases, is_known):
    if is_known:
        purchases.order("anna", NOON)
    insert = "INSERT INTO purchases VALUES ('anna', %s, %s, %s, 1, true, 1)"
    with psycopg.connect(purchases.connection.info.dsn, password=purchases.connection.info.password) as other:
        other.execute(insert, ("x", "x", NOON + 40 * DAY))
        here = Thread(target=purchases.connection.execute, args=(insert, ("y", "y", NOON + 20 * DAY)))
        here.start()
        here.join(1)
        assert here.is_alive(), "it does not wait"
        other.commit()
        here.join()
    first = NOON if is_known else NOON + 20 * DAY
    [*_, (_, from_days, to_days, _, since)] = purchases.rows(LINES)
    assert (from_days, to_days, since) == (21, None, NOON + 40 * DAY)
    assert purchases.rows("SELECT DISTINCT first_purchase FROM silences") == [(first,)]


def test_a_cohort_is_a_month_where_the_shop_is(purchases):
    purchases.set_zone("Asia/Tokyo")
    midnight = datetime.fromisoformat("2026-03-01T00:00:00+09:00")
    purchases.order("february", midnight - MICROSECOND)
    purchases.order("march", midnight, midnight + timedelta(days=40))
    cohorts = "SELECT customer_id, cohort::text FROM silences ORDER BY 1, 2"
    february, *march = purchases.rows(cohorts)
    assert february == ("february", "2026-02-01")
    assert march == [("march", "2026-03-01")] * 2
    purchases.set_zone("Europe/London")
    assert {cohort for _, cohort in purchases.rows(cohorts)} == {"2026-02-01"}


def test_cohorts_are_those_of_utc_until_the_shop_is_known(purchases):
    purchases.order("anna", datetime.fromisoformat("2026-02-28T23:30:00+00:00"))
    assert purchases.rows("SELECT cohort::text FROM silences") == [("2026-02-01",)]
    purchases.set_zone("Europe/Berlin")
    assert purchases.rows("SELECT cohort::text FROM silences") == [("2026-03-01",)]
