"""A fault is mended in the order in which the parts need each other."""

from types import SimpleNamespace

from tests.crash.faults import Faults
from tests.crash.plan import CONNECT, FLOW, KAFKA, Fault


def test_connect_comes_back_after_kafka_and_the_flow_after_both():
    started = []

    def part(name):
        return SimpleNamespace(name=name, kill=lambda: None, start=lambda: started.append(name))

    parts = {name: part(name) for name in (KAFKA, CONNECT)}
    flow = SimpleNamespace(processes=[], kill=lambda index: None)
    world = SimpleNamespace(
        stack=SimpleNamespace(parts=tuple(parts.values()), part=parts.get),
        flow=flow,
        repeats=SimpleNamespace(read=lambda: None),
        end_flow=lambda: None,
        restart_flow=lambda: started.append(FLOW),
    )
    faults = Faults(world)
    faults.strike(Fault(at=0, targets=(FLOW, CONNECT, KAFKA), delay_s=0, until=1))
    faults.mend()
    assert started == [KAFKA, CONNECT, FLOW]
