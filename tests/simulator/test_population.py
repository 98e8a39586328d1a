import os
import subprocess
import sys

import numpy as np
import pytest

from simulator.instants import DAY_US, NEVER_US
from simulator.people import LIFE_DAYS_MAX
from simulator.population import DROPOUTS
from simulator.preset import PRESETS
from tests.simulator.conftest import ROOT, digest, population


def small(**changed):
    return population(customers=500, **changed)


def life_days(people):
    return (people.dropout_us - people.arrived_us) / DAY_US


def orders_of(generation):
    return np.bincount(generation.orders.person, minlength=generation.people.number.size)


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_the_same_seed_gives_the_same_history_bit_for_bit(dropout):
    assert digest(small(dropout=dropout).generation(0)) == digest(small(dropout=dropout).generation(0))


def test_another_process_draws_the_same_history():
    script = "from tests.simulator.conftest import *; print(digest(population(customers=500).generation(3)))"
    command = [sys.executable, "-c", script]
    other = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest(small().generation(3))


@pytest.mark.parametrize(
    "changed", [{"seed": 2}, {"preset": "cdnow"}, {"dropout": "mbg"}, {"regularity": 2.0}, {"days": 300}]
)
def test_another_population_is_another_history(changed):
    assert digest(small(**changed).generation(0)) != digest(small().generation(0))


def test_each_generation_is_of_new_people():
    first, second = (small().generation(index).people for index in (0, 1))
    assert set(first.number) | set(second.number) == set(range(1000))
    assert not np.array_equal(first.rate, second.rate)


def test_each_generation_arrives_within_its_span():
    shop = small(days=30)
    for index in range(3):
        people = shop.generation(index).people
        start_us = shop.start_us + index * shop.span_us
        assert ((people.arrived_us >= start_us) & (people.arrived_us < start_us + shop.span_us)).all()
        assert (np.diff(people.arrived_us) >= 0).all()


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_every_person_orders_from_arrival_and_never_after_the_dropout(dropout):
    generation = population(dropout=dropout, customers=5000).generation(0)
    people, orders = generation.people, generation.orders
    assert (np.diff(orders.placed_us) >= 0).all()
    assert (orders.placed_us <= people.dropout_us[orders.person]).all()
    first_us = np.full(people.number.size, NEVER_US)
    np.minimum.at(first_us, orders.person, orders.placed_us)
    assert np.array_equal(first_us, people.arrived_us)
    assert np.unique(orders.id).size == orders.id.size
    assert orders_of(generation).max() < 10_000, "ids of one person's orders would be another's"


@pytest.mark.parametrize("name", PRESETS)
def test_rates_follow_their_gamma_distribution(name):
    preset = PRESETS[name]
    rate = population(preset=name).generation(0).people.rate
    assert rate.mean() == pytest.approx(preset.r / preset.alpha_days, rel=0.05)
    assert rate.var() == pytest.approx(preset.r / preset.alpha_days**2, rel=0.15)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("days", [30, 300])
def test_pareto_lives_end_as_their_distribution_says(name, days):
    preset = PRESETS[name]
    people = population(preset=name).generation(0).people
    alive = (life_days(people) > days)[people.erased_us == NEVER_US]
    assert alive.mean() == pytest.approx((1 + days / preset.beta_days) ** -preset.s, abs=0.02)


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_people_order_at_their_rate_while_they_live(dropout):
    generation = population(preset="cdnow", dropout=dropout).generation(0)  # without seasons
    repeats = orders_of(generation) - 1
    expected = generation.people.rate * life_days(generation.people)
    assert repeats.sum() == pytest.approx(expected.sum(), rel=0.02)


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_the_share_of_one_time_buyers_is_the_theorys(dropout):
    preset = PRESETS["cdnow"]
    generation = population(preset="cdnow", dropout=dropout).generation(0)
    people = generation.people
    never_again = (1 + LIFE_DAYS_MAX / preset.alpha_days) ** -preset.r
    leaves_at_once = preset.a / (preset.a + preset.b)
    expected = {
        "pareto": np.exp(-people.rate * life_days(people)).mean(),
        "mbg": leaves_at_once + (1 - leaves_at_once) * never_again,
        "bg": never_again,
    }
    assert (orders_of(generation) == 1).mean() == pytest.approx(expected[dropout], abs=0.02)


@pytest.mark.parametrize("name", PRESETS)
def test_mean_spend_is_the_theorys(name):
    preset = PRESETS[name]
    cents = population(preset=name).generation(0).orders.cents
    assert cents.mean() / 100 == pytest.approx(preset.p * preset.v / (preset.q - 1), rel=0.1)


@pytest.mark.parametrize("regularity", [1.0, 3.0])
def test_gaps_are_as_regular_as_asked(regularity):
    generation = population(preset="cdnow", regularity=regularity).generation(0)
    people, orders = generation.people, generation.orders
    by_person = np.lexsort((orders.placed_us, orders.person))
    person, placed_us = orders.person[by_person], orders.placed_us[by_person]
    repeat = np.flatnonzero(np.diff(person) == 0) + 1
    first_repeat = repeat[placed_us[repeat - 1] == people.arrived_us[person[repeat]]]
    # Only of those who are almost sure to come again before they leave: of others the long gaps are missing.
    stays = people.rate * life_days(people) > 15
    second = first_repeat[stays[person[first_repeat]]]
    gap = (placed_us[second] - placed_us[second - 1]) * people.rate[person[second]]
    assert second.size > 500
    assert gap.std() / gap.mean() == pytest.approx(regularity**-0.5, rel=0.1)


def test_customers_buy_by_season():
    placed_us = population().generation(0).orders.placed_us
    day = placed_us.astype("datetime64[us]").astype("datetime64[D]")
    weekday = np.bincount((day.astype(int) + 3) % 7, minlength=7) / day.size * 7
    assert weekday == pytest.approx(PRESETS["modern"].weekday, rel=0.05)
    month = day.astype("datetime64[M]").astype(int) % 12
    assert (month == 11).mean() > 1.3 * (month == 5).mean()


def test_guests_sign_up_while_they_live_and_merge_later():
    people = population().generation(0).people
    guest = people.was_guest
    merged = people.merged_us < NEVER_US
    assert guest.mean() == pytest.approx(0.13, abs=0.02)
    assert (people.signup_us <= people.dropout_us)[guest].all()
    assert (people.merged_us > people.signup_us)[guest].all()
    assert not merged[~guest].any()
    assert merged[guest].mean() > 0.95


def test_the_erased_do_nothing_more():
    people = population().generation(0).people
    erased = people.erased_us < NEVER_US
    assert erased.mean() == pytest.approx(0.01, abs=0.005)
    assert (people.dropout_us <= people.erased_us).all()
    assert (people.merged_us < people.erased_us)[people.merged_us < NEVER_US].all()
