from dataclasses import fields
from itertools import islice, takewhile

import numpy as np
import pytest

from simulator.change import Kind, changes
from simulator.instants import DAY_US, NEVER_US
from tests.simulator.conftest import population

SHOP = population(customers=300, days=40)
LATER_US = SHOP.until_us + 100 * DAY_US  # in the third generation after the history


def until(before_us, from_us=SHOP.until_us):
    return list(takewhile(lambda change: change.at_us < before_us, changes(SHOP, from_us)))


def test_changes_come_in_order():
    found = until(LATER_US)
    assert found == sorted(found, key=lambda change: change[:2])
    assert {change.kind for change in found} == set(Kind)


@pytest.mark.parametrize("days", [0.001, 1, 41.5, 90])
def test_a_later_start_gives_the_rest_of_the_same_changes(days):
    resumed_us = SHOP.until_us + round(days * DAY_US)
    rest = [change for change in until(LATER_US) if change.at_us >= resumed_us]
    assert until(LATER_US, resumed_us) == rest


def test_changes_never_end():
    start_us = SHOP.until_us + 36_500 * DAY_US
    assert len(list(islice(changes(SHOP, start_us), 1000))) == 1000


@pytest.mark.parametrize("index", [0, 2])
def test_a_generation_is_there_for_all_it_ever_does(index):
    generation = SHOP.generation(index)
    parts = [
        getattr(part, field.name) for part in (generation.people, generation.orders) for field in fields(part)
    ]
    instants = np.concatenate([part for part in parts if part.dtype == np.int64])
    first_us, last_us = generation.people.arrived_us[0], instants[instants < NEVER_US].max()
    assert last_us > first_us + 3650 * DAY_US
    for at_us in (first_us, last_us):
        assert index in SHOP.generations(at_us, at_us + 1)
