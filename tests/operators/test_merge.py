import pytest

from operators.chunk import Record
from operators.clock import Clock
from operators.merge import Merges
from operators.order import WAY, CustomerChange, OrderChange, bare

NOWHEN = Clock(None, None)
RECORD = Record("any:0", 0, None, None)


def order(version, order_id="7", customer_id="guest", counted=True, **changes):
    return OrderChange(customer_id, order_id, version, 5, 100 * counted, counted, RECORD, **changes)


def points(version, into, customer_id="guest"):
    return CustomerChange(customer_id, version, into, False, RECORD)


class Hop:
    """One customer of one hop, packed and unpacked between its changes."""

    def __init__(self, customer_id="guest", hop=1):
        self.merges, self.customer_id = Merges(hop), customer_id
        self.packed = self.erased_version = None

    def told(self, *changes):
        """(customer, order, counted, forgotten) of each order's change that is sent on."""
        known = None if self.packed is None else self.merges.unpack(self.packed)
        outcome = self.merges.on_changes(self.customer_id, known, list(changes), self.erased_version, NOWHEN)
        self.erased_version = outcome.erased_version
        self.packed = None if outcome.state is None else self.merges.pack(outcome.state)
        orders = [sent for sent in outcome.outputs if isinstance(sent, OrderChange)]
        return [(o.customer_id, o.order_id, o.counted, o.is_forgotten) for o in orders]


AWAY = f"7{WAY}1guest"


def test_an_order_stays_with_a_customer_who_points_nowhere():
    assert Hop().told(order(1)) == [("guest", "7", True, False)]


def test_a_merge_takes_the_orders_along_and_its_end_brings_them_back():
    hop = Hop()
    hop.told(order(1))
    assert hop.told(points(2, "account")) == [("guest", "7", False, True), ("account", AWAY, True, False)]
    assert hop.told(order(3, counted=False)) == [("account", AWAY, False, False)]
    assert hop.told(points(4, None)) == [("account", AWAY, False, True), ("guest", "7", False, False)]


def test_an_older_pointer_changes_nothing():
    hop = Hop()
    hop.told(points(9, "account"), order(1))
    assert hop.told(points(8, "other"), points(9, "account")) == []


def test_whom_a_customer_points_to_no_more_is_told_even_without_an_order():
    """After a crash the order may come after the pointer, while the crashed run had sent it the old way."""
    hop = Hop()
    hop.told(points(1, "account"))
    assert [(customer, forgotten) for customer, _, _, forgotten in hop.told(points(2, None))] == [
        ("account", True),
        ("guest", True),
    ]


def test_whom_a_customer_points_to_is_told_even_without_an_order():
    """The crashed run may have had an order that a hop before now sends elsewhere."""
    assert Hop().told(points(1, "account"))[-1] == ("account", f"{WAY}1guest", False, True)


def test_an_erased_customers_orders_are_forgotten_where_they_went():
    hop = Hop()
    hop.told(points(1, "account"), order(2))
    assert hop.told(CustomerChange("guest", 9, None, True, RECORD)) == [("account", AWAY, False, True)]
    assert (hop.packed, hop.erased_version) == (None, 9)
    assert hop.told(order(8)) == []


def test_what_comes_over_a_hop_goes_on_over_the_next_and_keeps_its_way():
    second = Hop("account", hop=2)
    second.told(points(1, "main", "account"))
    assert second.told(order(2, AWAY, "account")) == [("main", f"{AWAY}{WAY}2account", True, False)]
    assert second.told(order(3, AWAY, "account", counted=False, is_forgotten=True)) == [
        ("main", f"{AWAY}{WAY}2account", False, True)
    ]


@pytest.mark.parametrize("way", ["7", AWAY, f"{AWAY}{WAY}2account"])
def test_an_orders_own_id_can_be_told_from_its_way(way):
    assert bare(way) == "7"
