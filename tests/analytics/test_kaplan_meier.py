"""The functions on arrays, against lifelines and scipy."""

import numpy as np
import psycopg
import pytest
from scipy.stats import chi2

from tests.analytics import survival_of

pytestmark = pytest.mark.stack


def curve(store, durations, is_event):
    lines = store.rows("SELECT * FROM kaplan_meier(%s::int[], %s::boolean[])", durations, is_event)
    return np.array(lines, float).reshape(-1, 8)


def log_rank(store, durations, is_event, groups):
    query = "SELECT * FROM log_rank(%s::int[], %s::boolean[], %s::text[])"
    [line] = store.rows(query, durations, is_event, groups)
    return line


def assert_is_lifelines_curve(found, durations, is_event):
    expected = survival_of.kaplan_meier(durations, is_event)
    expected[expected[:, 4] == 0, 5:] = np.nan  # where lifelines says 0 for certain
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def draw(seed, customers=500, longest=60):
    random = np.random.default_rng(seed)
    durations = random.integers(0, longest, customers).tolist()
    return (
        durations,
        (random.random(customers) < 0.6).tolist(),
        random.choice(list("abcde"), customers).tolist(),
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_is_that_of_lifelines(store, seed):
    durations, is_event, _ = draw(seed)
    assert_is_lifelines_curve(curve(store, durations, is_event), durations, is_event)


@pytest.mark.parametrize(
    ("durations", "is_event"),
    [
        ([7], [True]),
        ([7], [False]),
        ([0], [True]),
        ([0, 0, 3], [True, False, True]),
        ([3, 3, 3], [True, True, True]),
        ([1, 2, 3], [True, True, True]),
        ([1, 2, 3], [False, False, False]),
        ([2, 2], [True, False]),
    ],
)
def test_few_customers_have_the_curve_of_lifelines(store, durations, is_event):
    assert_is_lifelines_curve(curve(store, durations, is_event), durations, is_event)


def test_where_nobody_survives_there_is_no_interval(store):
    [*_, last] = store.rows("SELECT * FROM kaplan_meier('{1,2,2}'::int[], '{t,t,t}'::boolean[])")
    assert last == (2, 2, 2, 0, 0.0, None, None, None)


def test_counts_stand_for_as_many_customers(store):
    durations, is_event, _ = draw(1)
    days, place = np.unique(durations, return_inverse=True)
    events = np.bincount(place, is_event)
    counted = store.rows(
        "SELECT * FROM kaplan_meier(%s::int[], %s::bigint[], %s::bigint[])",
        days.tolist(),
        events.astype(int).tolist(),
        (np.bincount(place) - events).astype(int).tolist(),
    )
    np.testing.assert_array_equal(np.array(counted, float), curve(store, durations, is_event))


def test_there_is_no_curve_of_nobody(store):
    assert store.rows("SELECT * FROM kaplan_meier('{}'::int[], '{}'::boolean[])") == []
    assert store.rows("SELECT * FROM kaplan_meier(NULL::int[], NULL::boolean[])") == []
    assert store.rows("SELECT * FROM kaplan_meier('{3}'::int[], '{0}'::bigint[], '{0}'::bigint[])") == []
    assert log_rank(store, [], [], []) == (0, 0, None)


@pytest.mark.parametrize(
    ("durations", "is_event", "groups"),
    [
        ([1, 2], [True], ["a", "b"]),
        ([1, None], [True, True], ["a", "b"]),
        ([1, 2], [True, None], ["a", "b"]),
        ([1, -1], [True, True], ["a", "b"]),
        (None, [True, True], ["a", "b"]),
    ],
)
def test_what_is_no_observation_is_refused(store, durations, is_event, groups):
    with pytest.raises(psycopg.errors.DataException):
        curve(store, durations, is_event)
    with pytest.raises(psycopg.errors.DataException):
        log_rank(store, durations, is_event, groups)


@pytest.mark.parametrize("groups", [["a"], ["a", None], ["a", "b", "c"], None])
def test_groups_that_do_not_fit_are_refused(store, groups):
    with pytest.raises(psycopg.errors.DataException, match="groups"):
        log_rank(store, [1, 2], [True, True], groups)


@pytest.mark.parametrize("seed", range(5))
def test_the_log_rank_test_is_that_of_lifelines(store, seed):
    sample = draw(seed)
    statistic, p = survival_of.log_rank(*sample)
    assert log_rank(store, *sample) == (
        pytest.approx(statistic, abs=1e-9),
        4,
        pytest.approx(p, abs=1e-9),
    )


def test_the_order_of_observations_and_the_names_of_groups_do_not_matter(store):
    durations, is_event, groups = draw(2)
    statistic, _, p = log_rank(store, durations, is_event, groups)
    renamed = ["edcba"["abcde".index(group)] for group in groups]
    again, _, p_again = log_rank(store, durations[::-1], is_event[::-1], renamed[::-1])
    assert (again, p_again) == (pytest.approx(statistic, rel=1e-12), pytest.approx(p, rel=1e-12))


def test_a_group_that_left_before_the_first_event_is_no_degree_of_freedom(store):
    durations, is_event, groups = draw(3)
    durations = [duration + 5 for duration in durations]
    statistic, p = survival_of.log_rank(durations, is_event, groups)
    found = log_rank(store, [*durations, 1, 2], [*is_event, False, False], [*groups, "c2", "new"])
    assert found == (pytest.approx(statistic, abs=1e-9), 4, pytest.approx(p, abs=1e-9))


@pytest.mark.parametrize(
    ("is_event", "groups"),
    [([True, True], ["a", "a"]), ([False, False], ["a", "b"]), ([True, True], ["a", "b"])],
    ids=["one group", "no events", "all events on the last day of all"],
)
def test_where_nothing_is_left_to_chance_nothing_is_compared(store, is_event, groups):
    assert log_rank(store, [2, 2], is_event, groups) == (0, 0, None)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 10, 23, 60, 99, 400, 1001, 10_000, 100_001])
def test_p_is_the_tail_of_chi_square(store, degrees):
    spread = (2 * degrees) ** 0.5
    points = [0.0, 1e-300, 1e-9, 0.5, 3.84, 700.0, 1400.0, 1500.0, 1e5]
    points += [max(0.0, degrees + sigmas * spread) for sigmas in (-8, -3, -1, 0, 1, 3, 8, 30)]
    query = (
        "SELECT chi_square_survival(x, %s) FROM unnest(%s::float8[]) WITH ORDINALITY AS u (x, i) ORDER BY i"
    )
    found = [p for (p,) in store.rows(query, degrees, points)]
    expected = chi2.sf(points, degrees)
    np.testing.assert_allclose(found, expected, rtol=1e-9 if degrees < 10_000 else 1e-7, atol=1e-290)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_p_has_limits(store):
    query = """
        SELECT chi_square_survival('infinity', 5), chi_square_survival(-1, 5), chi_square_survival(1, 0),
            chi_square_survival('nan', 5), chi_square_survival(NULL, 5)
    """
    [(infinite, negative, none, undefined, unknown)] = store.rows(query)
    assert (infinite, negative, none, unknown) == (0, 1, None, None)
    assert np.isnan(undefined)
