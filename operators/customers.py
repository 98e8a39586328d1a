"""The groups of the stage `customers`, and what time alone brings to them."""

import heapq
from collections.abc import Iterator

from typing_extensions import override

from operators.clock import Clock, Progress
from operators.customer import Lifecycle, Output
from operators.group import Group, Shard
from operators.rfm import Customer
from operators.row import StreamTime


class CustomerGroup(Group[Customer, Output]):
    """A group whose customers have timers, by stream time."""

    def __init__(self, shard: "CustomerShard", packed: dict[str, bytes], erased: dict[bytes, int]) -> None:
        super().__init__(shard, packed, erased)
        self._lifecycle = shard.lifecycle
        self._due: dict[str, int] = {}
        self._timers: list[tuple[int, str]] = []
        # A restored group is armed when time first moves: the clock may be restored after it.
        self._is_armed = not packed

    @override
    def on_state(self, key: str, state: Customer | None) -> None:
        if self._is_armed:
            self._arm(key, None if state is None else self._lifecycle.due_us(state, self._shard.clock))

    def on_time(self, before: Clock, clock: Clock) -> Iterator[Output]:
        """Yield what time alone has brought to customers whose timer has come."""
        if not self._is_armed:
            self._arm_all(before)
        while self._timers and clock.now_us is not None and self._timers[0][0] <= clock.now_us:
            due_us, customer_id = heapq.heappop(self._timers)
            if self._due.get(customer_id) != due_us:
                continue  # the customer has ordered since: this timer was replaced
            customer = self._lifecycle.unpack(self._packed[customer_id])
            yield from self._lifecycle.on_time(customer_id, customer, before, clock)
            self._arm(customer_id, self._lifecycle.due_us(customer, clock))

    def _arm_all(self, clock: Clock) -> None:
        for customer_id, packed in self._packed.items():
            self._arm(customer_id, self._lifecycle.due_us(self._lifecycle.unpack(packed), clock))
        self._is_armed = True

    def _arm(self, customer_id: str, due_us: int | None) -> None:
        if due_us == self._due.get(customer_id):
            return
        if due_us is None:
            del self._due[customer_id]
            return
        self._due[customer_id] = due_us
        heapq.heappush(self._timers, (due_us, customer_id))
        if len(self._timers) > 2 * len(self._due) + 64:  # mostly replaced timers: drop them
            self._timers = [(due_us, customer_id) for customer_id, due_us in self._due.items()]
            heapq.heapify(self._timers)


class CustomerShard(Shard[Customer, Output]):
    """One worker's customers under one clock.

    `alerts_since_us`: only crossings after it are published; None takes the first stream time ever reached,
    so that a shop with ten years of history does not begin with a storm.
    """

    def __init__(self, lifecycle: Lifecycle, group_count: int, alerts_since_us: int | None) -> None:
        super().__init__(lifecycle, group_count, alerts_since_us)
        self.lifecycle = lifecycle

    @override
    def new_group(self, packed: dict[str, bytes], erased: dict[bytes, int]) -> CustomerGroup:
        return CustomerGroup(self, packed, erased)

    def on_progress(self, progresses: list[Progress]) -> Iterator[Output]:
        """Take partitions' progress in; where stream time moves, yield what that brings to anyone."""
        before = self.clock
        if not self.advance(progresses):
            return
        for group in self.groups:
            assert isinstance(group, CustomerGroup), "made by new_group"  # noqa: S101
            yield from group.on_time(before, self.clock)
        now_us, since_us = self.clock.now_us, self.clock.alerts_since_us
        assert now_us is not None, "time has moved"  # noqa: S101
        assert since_us is not None, "set with the first time"  # noqa: S101
        yield StreamTime(now_us, since_us)
