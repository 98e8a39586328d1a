"""The run of actions is a pure function of its seed, and holds everything that can happen."""

from collections import Counter
from itertools import islice, pairwise

import pytest

from tests.crash.actions import KINDS, Action, Generator
from tests.crash.shop import ACCOUNT_ORDERS_MAX, HOPS_MAX


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(seed=7)


@pytest.fixture(scope="module")
def actions(generator: Generator) -> list[Action]:
    return list(islice(generator, 3000))


def test_equal_seeds_give_equal_actions_and_others_give_others(actions):
    assert list(islice(Generator(seed=7), 500)) == actions[:500]
    assert list(islice(Generator(seed=8), 500)) != actions[:500]


def test_every_kind_of_action_occurs(actions):
    assert Counter(action.kind for action in actions).keys() == set(KINDS)


def test_time_moves_with_every_transaction_that_is_kept(actions):
    clocks = [action.clock for action in actions if not action.is_rolled_back and action.garbage is None]
    assert all(before < after for before, after in pairwise(clocks))


def test_what_is_rolled_back_leaves_the_shop_as_it_was():
    generator = Generator(seed=9)
    before = generator.shop.copy()
    action = generator._rollback()
    assert action.statements
    assert generator.shop == before


def test_no_record_by_hand_shares_its_key_with_another(actions):
    keys = [action.garbage.key for action in actions if action.garbage is not None]
    assert len(keys) == len(set(keys)) > 10


def test_no_account_grows_so_large_that_its_orders_are_folded(generator, actions):
    sizes = {id_: generator.shop.account_size(id_) for id_ in generator.shop.customers}
    assert 10 < max(sizes.values()) <= ACCOUNT_ORDERS_MAX


def test_merges_are_chained_as_far_as_counts_and_no_further():
    generator, hops = Generator(seed=7), set()
    for action in islice(generator, 3000):
        if action.kind == "merge":
            hops |= {generator.shop.hops_up(id_) for id_ in generator.shop.customers}
    assert hops == set(range(HOPS_MAX + 1))


def test_statements_of_an_erasure_leave_nothing_of_the_customer(generator, actions):
    assert generator.shop.erased
    assert not generator.shop.erased & generator.shop.customers.keys()
    assert not generator.shop.erased & {order.customer_id for order in generator.shop.orders.values()}
