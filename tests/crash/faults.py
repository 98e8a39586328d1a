"""Kills and restarts of the real processes."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor

from stack.part import Part
from tests.crash.plan import FLOW, Fault
from tests.crash.world import World


class Faults:
    """Strikes beside the actions, and mends; one fault at a time."""

    def __init__(self, world: World) -> None:
        self.kills: Counter[str] = Counter()
        self.ends: Counter[int] = Counter()  # by exit code, of the flow after SIGTERM
        self._world = world
        self._fault: Fault | None = None
        self._beside = ThreadPoolExecutor(1)
        self._strike: Future[None] | None = None

    def strike(self, fault: Fault) -> None:
        """Strike after the fault's delay, while our caller goes on."""
        self._fault = fault
        self._strike = self._beside.submit(self._run, fault)

    def mend(self) -> None:
        """Bring back what the last fault has ended, and wait until it answers; without one do nothing."""
        fault, strike = self._fault, self._strike
        if fault is None or strike is None:
            return
        strike.result()
        for part in self._world.stack.parts:  # in the stack's order: Connect needs Kafka, the flow needs all
            if part.name in fault.targets:
                part.start()
        if FLOW in fault.targets:
            self._restart_flow(fault)
        self._fault = self._strike = None

    def end_flow_cleanly(self) -> None:
        """End the flow by SIGTERM; it takes a last snapshot."""
        flow = self._world.flow
        assert flow is not None
        self.ends[flow.stop()] += 1

    def _run(self, fault: Fault) -> None:
        for target in fault.targets:
            time.sleep(fault.delay_s)
            if target == FLOW:
                self._strike_flow(fault)
            else:
                self._kill(self._world.stack.part(target))

    def _kill(self, part: Part) -> None:
        part.kill()
        self.kills[part.name] += 1

    def _strike_flow(self, fault: Fault) -> None:
        flow = self._world.flow
        assert flow is not None
        self._world.repeats.read()
        if fault.is_clean:
            self.end_flow_cleanly()
            return
        is_alive = all(process.poll() is None for process in flow.processes)
        flow.kill(fault.process)
        self._world.end_flow()
        if is_alive:
            self.kills["flow" if len(flow.processes) == 1 else "one of a cluster"] += 1

    def _restart_flow(self, fault: Fault) -> None:
        self._world.restart_flow()
        if fault.again_s is not None:
            time.sleep(fault.again_s)
            self._strike_flow(fault)
            self._world.restart_flow()
