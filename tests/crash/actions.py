"""A seeded run of actions: a pure function of the seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.crash import customer_edits, order_edits, refund_edits, table_edits
from tests.crash.garbage import Garbage, garbage
from tests.crash.scene import Edit, Scene, Sql
from tests.crash.shop import Shop

# How often each comes, before a seed has its say.
EDITS: dict[Edit, float] = {
    customer_edits.customer: 10,
    customer_edits.merge: 10,
    customer_edits.unmerge: 1.5,
    customer_edits.erase: 1.5,
    order_edits.order: 25,
    order_edits.late_order: 4,
    order_edits.negative_order: 2,
    order_edits.dollar_order: 4,
    order_edits.nobodys_order: 1,
    order_edits.unrated_order: 2,
    order_edits.rated: 1,
    order_edits.status: 14,
    order_edits.partial_refund: 6,
    order_edits.order_delete: 3,
    order_edits.move: 5,
    order_edits.order_id_change: 3,
    refund_edits.refund: 8,
    refund_edits.refund_change: 4,
    refund_edits.refund_delete: 2,
    table_edits.copy: 0.6,
    table_edits.many_rows: 3,
    table_edits.schema: 0.7,
}
OTHERS = {"several": 6, "rollback": 3, "leap": 2, "garbage": 1.5}
SPREAD = (0.5, 2.0)

PASSING = timedelta(hours=2.5)  # on average, while an action is made
LEAP_HOURS = (6, 24 * 21)


@dataclass(frozen=True)
class Action:
    """A transaction that moves the shop's clock, or a record put on a topic by hand."""

    kind: str
    clock: datetime
    statements: tuple[Sql, ...] = ()
    is_rolled_back: bool = False
    garbage: Garbage | None = None


class Generator:
    """Yields actions without end, and keeps the shop as the last one leaves it."""

    def __init__(self, seed: int) -> None:
        self.shop = Shop()
        self._dice = Random(f"actions {seed}")
        self._edits = self._weighted(EDITS)
        self._makers = self._weighted(
            {
                self._single: sum(EDITS.values()),
                self._several: OTHERS["several"],
                self._rollback: OTHERS["rollback"],
                self._leap: OTHERS["leap"],
                self._garbage: OTHERS["garbage"],
            }
        )
        self._garbage_count = 0

    def __iter__(self) -> Iterator[Action]:
        """Yield the next action, and the next …"""
        while True:
            yield self._one_of(self._makers)()

    def _single(self) -> Action:
        edit, statements = self._edit(self.shop, self._passing())
        return Action(edit.__name__, self.shop.clock, tuple(statements))

    def _several(self) -> Action:
        """Several edits in one transaction."""
        since = self._passing()
        count = self._dice.randint(2, 6)
        statements = [sql for _ in range(count) for sql in self._edit(self.shop, since)[1]]
        return Action("several", self.shop.clock, tuple(statements))

    def _rollback(self) -> Action:
        """A transaction that is taken back: it happens to another shop."""
        shop = self.shop.copy()
        shop.clock += PASSING
        _, statements = self._edit(shop, self.shop.clock)
        return Action("rollback", shop.clock, tuple(statements), is_rolled_back=True)

    def _leap(self) -> Action:
        """Nothing happens for hours, or weeks."""
        self.shop.clock += timedelta(hours=self._dice.uniform(*LEAP_HOURS))
        return Action("leap", self.shop.clock)

    def _garbage(self) -> Action:
        self._garbage_count += 1
        return Action("garbage", self.shop.clock, garbage=garbage(self._dice, self._garbage_count))

    def _passing(self) -> datetime:
        """Let a while pass; return its beginning."""
        since = self.shop.clock
        self.shop.clock += PASSING * self._dice.expovariate(1) + timedelta(microseconds=2)
        return since

    def _edit(self, shop: Shop, since: datetime) -> tuple[Edit, list[Sql]]:
        """Make an edit of the shop: the first one drawn that finds something to be about."""
        scene = Scene(shop, self._dice, since)
        while True:
            edit = self._one_of(self._edits)
            if statements := edit(scene):
                return edit, statements

    def _weighted(self, weights):
        return {choice: weight * self._dice.uniform(*SPREAD) for choice, weight in weights.items()}

    def _one_of(self, weights: dict):
        return self._dice.choices(list(weights), list(weights.values()))[0]


CHANGING = (*(edit.__name__ for edit in EDITS), "several")
KINDS = (*(edit.__name__ for edit in EDITS), *OTHERS)
