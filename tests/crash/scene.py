"""Where an edit of the crash shop takes place, and the SQL it comes to.

An edit changes the shop in memory and returns the SQL that does the same; one that finds nothing to be about
returns no SQL, and another is tried.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from tests.crash.shop import Order, Shop, pick

HOT = 20  # what is new is edited most: several changes of one thing then meet in one epoch


@dataclass(frozen=True)
class Sql:
    """A statement, or COPY … FROM STDIN with its rows."""

    text: str
    parameters: tuple = ()
    rows: tuple[tuple, ...] = ()


@dataclass
class Scene:
    """Where an edit takes place: the shop, the dice, and the time that passes meanwhile."""

    shop: Shop
    dice: Random
    since: datetime

    def customer(self, room: int = 0) -> str | None:
        """Return a customer whose account may take `room` orders more."""
        customers = list(self.shop.customers)
        chosen = pick(self.dice, customers[-HOT:] if self.dice.random() < 0.5 else customers)
        return chosen if chosen is None or self.shop.has_room(chosen, room) else None

    def order(self, wanted: Callable[[Order], bool] = lambda _: True) -> Order | None:
        """Return an order that is wanted."""
        orders = [order for order in self.shop.orders.values() if wanted(order)]
        return pick(self.dice, orders[-HOT:] if self.dice.random() < 0.5 else orders)

    def refund(self) -> int | None:
        """Return a refund."""
        return pick(self.dice, self.shop.refunds)

    def amount(self, most: Decimal = Decimal(400)) -> Decimal:
        """Return an amount of at least a cent."""
        return Decimal(self.dice.randint(1, max(1, int(most * 100)))).scaleb(-2)

    def now(self) -> datetime:
        """Return an instant within the time that passes."""
        passing_us = (self.shop.clock - self.since) // timedelta(microseconds=1)
        return self.since + timedelta(microseconds=self.dice.randrange(1, max(2, passing_us)))


Edit = Callable[[Scene], list[Sql]]
