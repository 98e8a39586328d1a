"""The history's rows and the live changes are written apart; replaying the changes must give the rows."""

from itertools import takewhile

import numpy as np
import pytest

from simulator import snapshot
from simulator.change import Kind, changes
from simulator.instants import DAY_US, to_text
from simulator.names import Names
from simulator.population import DROPOUTS
from tests.simulator.conftest import population

SHOP = population(customers=400, days=30)
NAMES = Names(SHOP.seed)
STATUSES = {Kind.PAY: "paid", Kind.SHIP: "shipped", Kind.CANCEL: "cancelled"}


def rows_at(shop, before_us):
    """Customers and orders by id, as the snapshot has them."""
    customers, orders = {}, {}
    for index in shop.generations(shop.start_us, before_us):
        generation = shop.generation(index)
        for table, lines in (
            (customers, snapshot.customers(generation, NAMES, before_us)),
            (orders, snapshot.orders(generation, before_us)),
        ):
            for line in lines:
                id_, *values = line.rstrip("\n").split("\t")
                assert int(id_) not in table
                table[int(id_)] = values
    return customers, orders


def apply(change, customers, orders):
    """What the change means, in the plainest words."""
    at = to_text(np.array([change.at_us]))[0]
    match change.kind, change.values:
        case Kind.OPEN, (id_, person):
            customers[id_] = [*NAMES.of(person), at, "\\N"]
        case Kind.PLACE, (id_, customer_id, cents):
            assert customer_id in customers
            orders[id_] = [str(customer_id), "pending", money(cents), "0.00", at]
        case Kind.REFUND_PART, (id_, cents):
            orders[id_][3] = money(cents)
        case Kind.REFUND_ALL, (id_,):
            orders[id_][1], orders[id_][3] = "refunded", orders[id_][2]
        case Kind.MERGE, (account, guest):
            customers[guest][3] = str(account)
            for order in of_customers(orders, guest).values():
                order[0] = str(account)
        case Kind.ERASE, (account, guest):
            for id_ in of_customers(orders, account, guest):
                del orders[id_]
            customers.pop(account, None)
            customers.pop(guest, None)
        case kind, (id_,):
            orders[id_][1] = STATUSES[kind]


def of_customers(orders, *customer_ids):
    return {id_: order for id_, order in orders.items() if int(order[0]) in customer_ids}


def money(cents):
    return f"{cents / 100:.2f}"


@pytest.mark.parametrize("dropout", DROPOUTS)
def test_replaying_the_changes_since_an_instant_gives_the_rows_at_a_later_one(dropout):
    shop = population(customers=400, days=30, dropout=dropout)
    from_us, before_us = shop.until_us, shop.until_us + 70 * DAY_US
    customers, orders = rows_at(shop, from_us)
    for change in takewhile(lambda change: change.at_us < before_us, changes(shop, from_us)):
        if change.kind != Kind.REVEAL:
            apply(change, customers, orders)
    assert (customers, orders) == rows_at(shop, before_us)


def test_most_orders_of_a_history_are_shipped():
    _, orders = rows_at(SHOP, SHOP.until_us)
    statuses = [order[1] for order in orders.values()]
    assert statuses.count("shipped") > 0.8 * len(statuses)
    assert set(statuses) == {"pending", "paid", "shipped", "cancelled", "refunded"}


def test_money_is_written_exactly():
    _, orders = rows_at(SHOP, SHOP.until_us)
    generation = SHOP.generation(0)
    cents = dict(zip(generation.orders.id.tolist(), generation.orders.cents.tolist(), strict=True))
    assert all(order[2] == f"{cents[id_] // 100}.{cents[id_] % 100:02d}" for id_, order in orders.items())
