"""The groups of the stage `customers`, and what time alone brings to them."""

from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from operators import census, contribution
from operators.budget import counted_at_us
from operators.calendar import Calendar
from operators.census import SPREAD_US, Part
from operators.clock import Clock, Progress
from operators.contribution import History
from operators.customer import Lifecycle, Output
from operators.group import Group, Shard, number_of
from operators.instant import DAY_US
from operators.order import Change
from operators.purchases import Touched
from operators.rfm import Customer
from operators.row import StreamTime
from operators.tally import Tally
from operators.timers import Timers

WITH_WINDOWS = "windows"  # ends the memory of a release that keeps the store's windows


class CustomerGroup(Group[Customer, Output]):
    """A group whose customers have timers, by stream time, and add to the store's windows."""

    def __init__(self, shard: "CustomerShard", packed: dict[str, bytes], erased: dict[bytes, int]) -> None:
        super().__init__(shard, packed, erased)
        self._lifecycle = shard.lifecycle
        self._days = shard.calendar.days
        self._group_count = shard.group_count
        self._delay_us: int | None = None
        self._timers = Timers()
        # A restored group is armed when time first moves: the clock may be restored after it.
        self._is_armed = not packed

    @override
    def on_changes(self, changes: list[Change]) -> Iterator[Output]:
        yield from super().on_changes(changes)
        yield from self._lifecycle.windows.take()

    @override
    def clock_of(self, key: str) -> Clock:
        return self._delayed(self._shard.clock, key)

    @override
    def on_state(self, key: str, state: Customer | None) -> None:
        if self._is_armed:
            due_us = None if state is None else self._lifecycle.due_us(state, self.clock_of(key))
            self._timers.set(key, due_us)

    def on_time(
        self, before: Clock, clock: Clock, censuses_us: list[int], days: list[int]
    ) -> Iterator[Output]:
        """Yield what time alone has brought: to customers whose timer has come, or who are judged anew.

        And the counts of those of the censuses, and of the days, that have come for this group.
        """
        if not self._packed:
            return
        some_key = next(iter(self._packed))
        before, clock = self._delayed(before, some_key), self._delayed(clock, some_key)
        if self._lifecycle.is_judged_anew(before, clock):
            yield from self._judge_anew(before, clock)
        else:
            yield from self._fire(before, clock)
        windows = self._lifecycle.windows
        if windows.is_judged_anew(before, clock):
            for _, customer in self._customers():
                windows.judge_anew(contribution.history(customer), before, clock)
        for at_us in censuses_us:
            if _has_come(at_us, before, clock):
                yield self._counted(at_us)
        for day in days:
            if _has_come(counted_at_us(day), before, clock):
                yield self._foreseen(day, clock)

    def is_idle(self, now_us: int) -> bool:
        """Return whether no customer is due, as far as the version in force goes."""
        return self._is_armed and not self._timers.is_due(now_us)

    def catch_up(self) -> Iterator[Output]:
        """Add all customers to the store's windows, and yield all that they bought."""
        for customer_id, customer in self._customers():
            clock = self.clock_of(customer_id)
            self._lifecycle.windows.shift(History(None, []), contribution.history(customer), clock)
            yield from Touched({}, is_whole=True).purchases(customer_id, customer)

    def _judge_anew(self, before: Clock, clock: Clock) -> Iterator[Output]:
        for customer_id, customer in self._customers():
            yield from self._lifecycle.on_time(customer_id, customer, before, clock)
        self._arm_all(clock)

    def _fire(self, before: Clock, clock: Clock) -> Iterator[Output]:
        if not self._is_armed:
            self._arm_all(before)
        assert clock.now_us is not None, "time has moved"  # noqa: S101
        for customer_id in self._timers.come(clock.now_us):
            customer = self._lifecycle.unpack(self._packed[customer_id])
            yield from self._lifecycle.on_time(customer_id, customer, before, clock)
            self._timers.set(customer_id, self._lifecycle.due_us(customer, clock))

    def _counted(self, at_us: int) -> Part:
        cells: dict[census.Cell, census.Count] = {}
        for packed in self._packed.values():
            census.add(cells, self._lifecycle.unpack(packed), at_us)
        return Part(at_us, cells)

    def _foreseen(self, day: int, clock: Clock) -> Tally:
        """Return what the alerts of a day ahead are worth; whoever is not due by then has none."""
        day_us, over_us = day * DAY_US, (day + 1) * DAY_US
        over = Clock(over_us - 1, clock.alerts_since_us, clock.adoption_delay_us)
        due = self._timers.due_before(over_us)
        if self._lifecycle.is_judged_anew(clock, over):  # somebody may be at risk sooner than that
            due = list(self._packed)
        cents: list[int] = []
        for customer_id in due:
            customer = self._lifecycle.unpack(self._packed[customer_id])
            cents += self._lifecycle.foreseen_cents(customer_id, customer, day_us, over)
        return self._days.tally(day, cents)

    def _delayed(self, clock: Clock, key: str) -> Clock:
        """Return the clock as this group's customers see it: each group takes a version up a little later."""
        if self._delay_us is None:
            self._delay_us = number_of(key, self._group_count) * SPREAD_US // self._group_count
        return Clock(clock.now_us, clock.alerts_since_us, self._delay_us)

    def _arm_all(self, clock: Clock) -> None:
        self._timers.set_all(
            {
                customer_id: self._lifecycle.due_us(customer, clock)
                for customer_id, customer in self._customers()
            }
        )
        self._is_armed = True

    def _customers(self) -> Iterator[tuple[str, Customer]]:
        return ((customer_id, self._lifecycle.unpack(packed)) for customer_id, packed in self._packed.items())


def _has_come(at_us: int, before: Clock, clock: Clock) -> bool:
    """Return whether a group's turn to count has come: each does a little later than the one before."""
    at_us += clock.adoption_delay_us
    return before.now_us is not None and clock.now_us is not None and before.now_us < at_us <= clock.now_us


class CustomerShard(Shard[Customer, Output]):
    """One worker's customers under one clock.

    `alerts_since_us`: only crossings after it are published; None takes the first stream time ever reached,
    so that a shop with ten years of history does not begin with a storm. `is_refitted`: see `Calendar`.
    """

    def __init__(
        self,
        lifecycle: Lifecycle,
        group_count: int,
        alerts_since_us: int | None,
        *,
        is_refitted: bool = False,
    ) -> None:
        super().__init__(lifecycle, group_count, alerts_since_us)
        self.lifecycle = lifecycle
        self.calendar = Calendar(
            lifecycle.schedule, is_refitted=is_refitted, alerts_a_day=lifecycle.policy.alerts_a_day
        )

    @override
    def new_group(self, packed: dict[str, bytes], erased: dict[bytes, int]) -> CustomerGroup:
        return CustomerGroup(self, packed, erased)

    @override
    def limit(self, now_us: int) -> int:
        from_us = self.clock.now_us
        self.calendar.begin(now_us if from_us is None else from_us)
        return now_us if from_us is None else self.calendar.limit(now_us, from_us)

    @override
    def memory(self) -> object:
        calendar = self.calendar.memory(self.clock.now_us)
        return calendar if self.lifecycle.windows.is_behind else (*calendar, WITH_WINDOWS)

    @override
    def resume(self, now_us: int | None, since_us: int | None, memory: Any = None) -> None:
        if memory is not None:  # formats 1 and 2 remember nothing
            self.calendar.remember(memory)
        self.lifecycle.windows.is_behind = memory is None or memory[-1] != WITH_WINDOWS
        self._stream_clock.restore(now_us)
        configured_us = self.clock.alerts_since_us
        self.clock = Clock(self._stream_clock.now_us, since_us if configured_us is None else configured_us)

    def on_progress(self, progresses: list[Progress]) -> Iterator[Output]:
        """Take partitions' progress in; where stream time moves, yield what that brings to anyone."""
        before = self.clock
        while self.advance(progresses):
            yield from self._on_move(before)
            before, progresses = self.clock, []

    def _on_move(self, before: Clock) -> Iterator[Output]:
        now_us, since_us = self.clock.now_us, self.clock.alerts_since_us
        assert now_us is not None, "time has moved"  # noqa: S101
        assert since_us is not None, "set with the first time"  # noqa: S101
        after_us = (before.now_us or now_us) - SPREAD_US
        censuses_us = self.calendar.between(after_us, now_us)
        days = self.calendar.days.undecided(after_us, now_us)
        schedule = self.lifecycle.schedule
        is_adopting = schedule.at(before.now_us, SPREAD_US) is not schedule.at(now_us)
        for group in self.groups:
            assert isinstance(group, CustomerGroup), "made by new_group"  # noqa: S101
            if is_adopting or censuses_us or days or not group.is_idle(now_us):
                yield from group.on_time(before, self.clock, censuses_us, days)
        yield from self._windows_moved()
        yield StreamTime(now_us, since_us)

    def _windows_moved(self) -> Iterator[Output]:
        windows = self.lifecycle.windows
        if windows.is_behind:
            windows.is_behind = False
            for group in self.groups:
                assert isinstance(group, CustomerGroup), "made by new_group"  # noqa: S101
                yield from group.catch_up()
        yield from windows.take()
