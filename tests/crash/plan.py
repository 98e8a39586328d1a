"""A seeded plan of a round: how the flow runs, and what is killed when. A pure function of the seed."""

from dataclasses import dataclass
from random import Random

FLOW, CONNECT, KAFKA, SHOP, ANALYTICS = "flow", "connect", "kafka", "postgres", "analytics"
CLUSTER_PROCESSES = 3
TARGETS = (FLOW, CONNECT, KAFKA, SHOP, ANALYTICS)


@dataclass(frozen=True)
class Fault:
    """What is killed, or told to end, while an action is made; it comes back some actions later."""

    at: int
    targets: tuple[str, ...]
    delay_s: float
    until: int
    process: int = 0  # of the flow's
    is_clean: bool = False  # SIGTERM to the flow, instead of kill -9
    again_s: float | None = None  # the flow is killed once more, so soon after it has been started


@dataclass(frozen=True)
class Round:
    """How many processes the flow has, and the faults, in order and one after the other."""

    processes: int
    faults: tuple[Fault, ...]


class Planner:
    """Plans rounds; over several rounds each target is struck about equally often."""

    def __init__(self, seed: int, actions: int) -> None:
        self._dice = Random(f"faults {seed}")
        self._actions = actions
        self._deck: list[str] = []

    def round(self) -> Round:
        """Plan the next round."""
        processes = self._dice.choice((1, CLUSTER_PROCESSES))
        count = self._dice.choice((1, 1, 2))
        starts = sorted(self._dice.sample(range(5, self._actions - 5, 10), count))
        ends = [*starts[1:], self._actions]
        faults = [self._fault(at, end, processes) for at, end in zip(starts, ends, strict=True)]
        return Round(processes, tuple(faults))

    def _fault(self, at: int, end: int, processes: int) -> Fault:
        targets = [self._draw()]
        if self._dice.random() < 0.25:
            targets += [target for target in (self._draw(),) if target not in targets]
        is_flow = targets == [FLOW]
        is_clean = is_flow and self._dice.random() < 0.3
        return Fault(
            at=at,
            targets=tuple(targets),
            delay_s=self._dice.uniform(0, 0.1),
            until=min(end - 1, at + self._dice.randrange(60)),
            process=self._dice.randrange(processes),
            is_clean=is_clean,
            again_s=self._dice.uniform(0, 4) if FLOW in targets and self._dice.random() < 0.4 else None,
        )

    def _draw(self) -> str:
        if not self._deck:
            self._deck = list(TARGETS)
            self._dice.shuffle(self._deck)
        return self._deck.pop()
