"""The recompute of the store's windows in SQL and the one in plain Python say the same."""

import random
from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest

from tests.e2e import store, versions
from tests.e2e.test_implied_alerts import IN_FORCE, NOW, RULES, customers_orders, fill, us
from tests.operators import store_oracle

EPOCH = date(1970, 1, 1)


def local(day):
    return EPOCH + timedelta(days=day)


def in_python(orders_by_customer, now, time_zone, rules):
    def versions_of(customer_id):
        return [version for version in versions.of(customer_id, IN_FORCE) if version.since_us <= us(now)]

    days = store_oracle.days(orders_by_customer, versions_of, time_zone, rules)
    cohorts = store_oracle.cohorts(orders_by_customer, time_zone)
    return store.Windows(
        {
            local(day): tuple(
                Decimal(amount).scaleb(-2) if "cents" in column else amount for column, amount in sums.items()
            )
            for day, sums in days.items()
        },
        {(local(cohort), local(month)): tuple(counts) for (cohort, month), counts in cohorts.items()},
    )


@pytest.mark.stack
@pytest.mark.parametrize("time_zone", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_the_recompute_in_sql_and_the_one_in_python_say_the_same(fresh_database, time_zone):
    orders_by_customer = customers_orders(random.Random(7))
    with psycopg.connect(fresh_database()) as shop:
        shop.execute("SET TimeZone = 'Pacific/Auckland'")  # the results must not depend on it
        fill(shop, orders_by_customer)
        for rules in RULES:
            for now in (NOW, NOW - timedelta(days=200)):
                expected = in_python(orders_by_customer, now, time_zone, rules)
                found = store.recomputed(shop, rules, now, time_zone)
                assert store.mismatches(found, expected) == []
                assert all(map(any, zip(*expected.days.values(), strict=True)))


def test_a_window_that_differs_is_told():
    day, other = date(2026, 1, 1), date(2026, 1, 2)
    one = store.Windows({day: (1, 2)}, {(day, day): (3, 4)})
    assert store.mismatches(one, one) == []
    found = store.Windows({day: (1, 2), other: (1, 1)}, {})
    assert len(store.mismatches(found, store.Windows({day: (1, 3)}, {(day, day): (3, 4)}))) == 3
