"""The crash shop in memory: what the next action can be about."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
HOPS_MAX = 3
# Of an account with more than 64 orders (those that have left it included) old ones are folded; then changes
# of them are refused, which is not what is tested.
ACCOUNT_ORDERS_MAX = 60


@dataclass(frozen=True)
class Order:
    """What an action must know of an order."""

    id: int
    customer_id: str | None
    total: Decimal
    status: str = "paid"
    currency: str = "EUR"


@dataclass
class Shop:
    """Customers by id with where they are merged into, orders by id, refunds by id with their order."""

    clock: datetime = BEGINNING
    customers: dict[str, str | None] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    refunds: dict[int, int] = field(default_factory=dict)
    held: dict[str, set[int]] = field(default_factory=dict)  # by customer: all orders that ever counted there
    erased: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    ids: int = 0

    def copy(self) -> "Shop":
        """Return a shop that changes by itself."""
        return replace(
            self,
            customers=dict(self.customers),
            orders=dict(self.orders),
            refunds=dict(self.refunds),
            held={customer_id: set(orders) for customer_id, orders in self.held.items()},
            erased=set(self.erased),
            columns=set(self.columns),
        )

    def new_id(self) -> int:
        """Return a number that nothing has yet."""
        self.ids += 1
        return self.ids

    def put(self, order: Order) -> None:
        """Keep an order as it is now."""
        self.orders[order.id] = order
        if order.customer_id is not None:
            self.held.setdefault(order.customer_id, set()).add(order.id)

    def merge(self, source: str, target: str) -> None:
        """Merge a customer into another."""
        self.held.setdefault(self.account(target), set()).update(self._held_by_account(source))
        self.customers[source] = target

    def account(self, customer_id: str) -> str:
        """Return the customer whom the orders of `customer_id` count for."""
        while (into := self.customers[customer_id]) is not None:
            customer_id = into
        return customer_id

    def hops_up(self, customer_id: str) -> int:
        """Return how many merges lead from the customer to the account."""
        into = self.customers[customer_id]
        return 0 if into is None else 1 + self.hops_up(into)

    def merged(self, customer_id: str) -> list[str]:
        """Return the customers who are merged right into this one."""
        return [id_ for id_, into in self.customers.items() if into == customer_id]

    def hops_down(self, customer_id: str) -> int:
        """Return the longest chain of merges that ends at this customer."""
        return max((1 + self.hops_down(id_) for id_ in self.merged(customer_id)), default=0)

    def orders_of(self, customer_id: str) -> list[Order]:
        """Return the orders that stand under this very customer."""
        return [order for order in self.orders.values() if order.customer_id == customer_id]

    def account_size(self, customer_id: str) -> int:
        """Return how many orders count for the customer's account, or did once."""
        return len(self._held_by_account(customer_id))

    def has_room(self, customer_id: str, count: int) -> bool:
        """Tell whether the customer's account may take so many orders more."""
        return self.account_size(customer_id) + count <= ACCOUNT_ORDERS_MAX

    def _held_by_account(self, customer_id: str) -> set[int]:
        account = self.account(customer_id)
        members = (id_ for id_ in self.held if id_ in self.customers and self.account(id_) == account)
        return set().union(*(self.held[id_] for id_ in members))


def pick(dice: Random, values: Iterable):
    """Return one of the values, None where there are none."""
    values = list(values)
    return dice.choice(values) if values else None
