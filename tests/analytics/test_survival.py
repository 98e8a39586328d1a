"""Survival of a shop's customers, against the definition and lifelines."""

from datetime import UTC, datetime

import numpy as np
import pytest
from lifetimes.datasets import load_dataset

from simulator.instants import from_datetime
from simulator.population import Population
from tests.analytics import survival_of
from tests.analytics.store import DAY, MICROSECOND, NOON

pytestmark = pytest.mark.stack


def cdnow():
    """All orders of CDNOW, and the end of its data."""
    columns = ["customer", "date", "discs", "value"]
    table = load_dataset(
        "CDNOW_master.txt", header=0, names=columns, sep=r"\s+", parse_dates=["date"], date_format="%Y%m%d"
    )
    dates = table["date"].dt.tz_localize("UTC")
    return list(zip(table["customer"].astype(str), dates, strict=True)), datetime(1998, 7, 1, tzinfo=UTC)


def simulated():
    """The orders of a simulated shop as of noon; some lie ahead of it."""
    shop = Population(5, "modern", "pareto", 1.0, 3000, 500, from_datetime(NOON)).generation(0)
    seen = shop.orders.placed_us < from_datetime(NOON + 2 * DAY)
    buyers, instants = shop.buyer_id[seen].tolist(), shop.orders.placed_us[seen].tolist()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return [(str(buyer), epoch + us * MICROSECOND) for buyer, us in zip(buyers, instants, strict=True)], NOON


def assert_is_lifelines_curve(lines, silences):
    durations, is_event = zip(*silences, strict=True)
    expected = survival_of.kaplan_meier(durations, is_event)
    expected[expected[:, 4] == 0, 5:] = np.nan
    np.testing.assert_allclose(np.array(lines, float), expected, rtol=0, atol=1e-9)


def cohorts_of(orders, silences):
    """The month of each customer's first order, in UTC."""
    first = {}
    for customer, instant in orders:
        first[customer] = min(first.get(customer, instant), instant)
    return {customer: f"{first[customer]:%Y-%m}-01" for customer in silences}


@pytest.mark.parametrize("shop", [cdnow, simulated])
def test_survival_is_that_of_lifelines(store, shop):
    orders, now = shop()
    store.fill(orders)
    store.set_time(now)
    store.set_zone("UTC")
    for silence_days in (30, 60, 90, 200):
        silences = survival_of.first_silences(orders, silence_days, now)
        assert {silent for _, silent in silences.values()} == {True, False}
        assert_is_lifelines_curve(store.rows("SELECT * FROM survival(%s)", silence_days), silences.values())

        cohorts = cohorts_of(orders, silences)
        found = {}
        for cohort, *line in store.rows("SELECT * FROM survival_by_cohort(%s)", silence_days):
            found.setdefault(str(cohort), []).append(line)
        assert found.keys() == set(cohorts.values())
        for cohort, lines in found.items():
            members = [line for customer, line in silences.items() if cohorts[customer] == cohort]
            assert_is_lifelines_curve(lines, members)

        # who is younger than the first event is in no risk set; lifelines counts a degree all the same
        old = {cohorts[customer] for customer, (days, _) in silences.items() if days >= silence_days}
        kept = [(*line, cohorts[customer]) for customer, line in silences.items() if cohorts[customer] in old]
        statistic, p = survival_of.log_rank(*zip(*kept, strict=True))
        [line] = store.rows("SELECT * FROM log_rank(%s)", silence_days)
        assert line == (pytest.approx(statistic, rel=1e-9), len(old) - 1, pytest.approx(p, abs=1e-9))


def survival(store, silence_days, *bounds):
    query = (
        f"SELECT at_days, at_risk, events, censored FROM survival({', '.join(['%s'] * (1 + len(bounds)))})"
    )
    return store.rows(query, silence_days, *bounds)


def test_a_silence_is_dated_when_it_is_declared(store):
    store.set_time(NOON)
    store.order("left", NOON - 100 * DAY)
    store.order("young", NOON - 40 * DAY, NOON - 1 * DAY)
    assert survival(store, 90) == [(0, 2, 0, 0), (40, 2, 0, 1), (90, 1, 1, 0)]


def test_nobody_is_immortal_while_a_silence_is_undeclared(store):
    """Customers order every 20 days, and one in 20 leaves after each order.

    A silence that began on day 120 is declared on day 150: whoever is still here then has stayed after seven
    orders. Were silences dated at the order before them, it would be eight.
    """
    random = np.random.default_rng(3)
    starts, orders = random.uniform(0, 600, 8000), random.geometric(0.05, 8000)
    placed = [
        (customer, NOON + (start + 20.0 * nth - 600) * DAY)
        for customer, (start, count) in enumerate(zip(starts.tolist(), orders.tolist(), strict=True))
        for nth in range(count)
    ]
    store.fill(placed)
    store.set_time(NOON)
    [(value, error)] = store.rows(
        "SELECT survival, std_error FROM survival(30) WHERE at_days <= 150 ORDER BY at_days DESC LIMIT 1"
    )
    assert value == pytest.approx(0.95**7, abs=3 * error)
    assert 6 * error < 0.95**7 - 0.95**8


@pytest.mark.parametrize("silence_days", [30, 60, 90])
def test_a_silence_counts_from_the_microsecond_it_is_so_many_days_long(store, silence_days):
    store.set_time(NOON)
    store.order("young", NOON - silence_days * DAY + MICROSECOND)
    store.order("ripe", NOON - silence_days * DAY)
    days = silence_days
    assert survival(store, days) == [(0, 2, 0, 0), (days - 1, 2, 0, 1), (days, 1, 1, 0)]


def test_an_order_on_the_very_day_came_too_late(store):
    store.set_time(NOON)
    store.order("late", NOON - 50 * DAY, NOON - 20 * DAY)
    store.order("in time", NOON - 50 * DAY, NOON - 20 * DAY - MICROSECOND)
    assert survival(store, 30) == [(0, 2, 0, 0), (30, 2, 1, 0), (50, 1, 0, 1)]


def test_only_the_first_silence_counts(store):
    store.set_time(NOON)
    store.order("anna", NOON - 500 * DAY, NOON - 400 * DAY, NOON - 200 * DAY)
    assert survival(store, 90) == [(0, 1, 0, 0), (90, 1, 1, 0)]
    assert survival(store, 150) == [(0, 1, 0, 0), (250, 1, 1, 0)]
    assert survival(store, 201) == [(0, 1, 0, 0), (500, 1, 0, 1)]


def test_orders_ahead_of_stream_time_are_not_known_yet(store):
    store.set_time(NOON)
    store.order("ahead", NOON + MICROSECOND)
    store.order("anna", NOON - 40 * DAY, NOON + MICROSECOND)
    assert survival(store, 30) == [(0, 1, 0, 0), (30, 1, 1, 0)]
    assert survival(store, 60) == [(0, 1, 0, 0), (40, 1, 0, 1)]


def test_the_first_order_is_from_the_one_instant_until_before_the_other(store):
    store.set_time(NOON)
    for days in (10, 20, 30):
        store.order(days, NOON - days * DAY)
    assert survival(store, 90, NOON - 20 * DAY) == [(0, 2, 0, 0), (10, 2, 0, 1), (20, 1, 0, 1)]
    assert survival(store, 90, None, NOON - 20 * DAY) == [(0, 1, 0, 0), (30, 1, 0, 1)]
    assert survival(store, 90, NOON - 20 * DAY, NOON - 10 * DAY) == [(0, 1, 0, 0), (20, 1, 0, 1)]
    assert survival(store, 90, NOON, NOON) == []


def everything(store, silence_days):
    tables = ("survival", "survival_by_cohort", "first_silences")
    found = [store.rows(f"SELECT * FROM {name}(%s)", silence_days) for name in tables]
    return *found, store.rows("SELECT * FROM log_rank(%s)", silence_days)


def test_without_customers_or_stream_time_or_a_rule_there_is_no_curve(store):
    nothing = ([], [], [], [(0, 0, None)])
    assert everything(store, 30) == nothing
    store.order("anna", NOON - 50 * DAY)
    assert everything(store, 30) == nothing
    store.set_time(NOON)
    assert everything(store, 0) == everything(store, -5) == everything(store, None) == nothing
    assert len(everything(store, 30)[0]) == 2


def test_many_customers_are_counted_in_parallel(store):
    store.set_time(NOON)
    store.database.execute("""
        INSERT INTO purchases
        SELECT i::text, '1', '1', now() - i * interval '1 minute', 1, true, 1 FROM generate_series(1, 20000) i
    """)
    store.database.execute(
        "ANALYZE silences; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0"
    )
    plan = "\n".join(line for (line,) in store.rows("EXPLAIN SELECT * FROM survival(90)"))
    assert "Parallel Seq Scan on silences" in plan
    assert "Partial HashAggregate" in plan
