from itertools import count, pairwise

import pytest

from simulator.agenda import Agenda
from simulator.change import Change, Kind, changes
from simulator.instants import DAY_US
from tests.simulator.conftest import population


def coming(*steps):
    """Changes of (instant, person), and one of person 0 every second from 1000 s on."""
    for at_us, person in steps:
        yield Change(at_us, Kind.PAY, person, ())
    for second in count(1000):
        yield Change(second * 1_000_000, Kind.PAY, 0, ())


def batches(steps, until_us):
    taken = Agenda(coming(*steps)).batches(until_us)
    return [([(change.at_us, change.person) for change in batch], clock_us) for batch, clock_us in taken]


def test_independent_changes_share_a_batch():
    assert batches([(1, 1), (2, 2), (3, 3)], 10) == [([(1, 1), (2, 2), (3, 3)], 10)]


def test_two_steps_of_one_person_are_two_batches():
    steps = [(1, 1), (2, 2), (3, 1), (4, 3)]
    assert batches(steps, 10) == [([(1, 1), (2, 2)], 3), ([(3, 1), (4, 3)], 10)]


def test_one_instant_is_one_batch():
    steps = [(1, 1), (1, 1), (2, 2), (2, 1)]
    assert batches(steps, 10) == [([(1, 1), (1, 1), (2, 2), (2, 1)], 10)]


def test_nothing_is_taken_before_it_is_due():
    assert batches([(1, 1), (10, 2)], 10) == [([(1, 1)], 10)]


def test_where_nothing_is_due_the_clock_still_advances():
    assert batches([(20, 1)], 10) == [([], 10)]


@pytest.mark.parametrize("step_days", [0.1, 3])
def test_the_clock_lies_between_what_is_done_and_what_is_not(step_days):
    shop = population(customers=500, days=100)
    agenda = Agenda(changes(shop, shop.until_us))
    clock_us = shop.until_us
    done = []
    for step in range(1, 20):
        for batch, after_us in agenda.batches(shop.until_us + round(step * step_days * DAY_US)):
            assert all(clock_us <= change.at_us < after_us for change in batch)
            clock_us = after_us
            done += batch
    all_changes = changes(shop, shop.until_us)
    assert done == [next(all_changes) for _ in done]
    assert all(a.at_us <= b.at_us for a, b in pairwise(done))
