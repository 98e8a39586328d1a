"""The plan of kills is a pure function of its seed, and spares no process."""

from collections import Counter

import pytest

from tests.crash.plan import FLOW, TARGETS, Fault, Planner, Round

ACTIONS = 350


@pytest.fixture(scope="module", params=range(5))
def rounds(request: pytest.FixtureRequest) -> list[Round]:
    planner = Planner(request.param, ACTIONS)
    return [planner.round() for _ in range(30)]


def faults_of(rounds: list[Round]) -> list[Fault]:
    return [fault for round_ in rounds for fault in round_.faults]


def test_equal_seeds_give_equal_plans():
    planners = [Planner(3, ACTIONS), Planner(3, ACTIONS)]
    assert [planners[0].round() for _ in range(9)] == [planners[1].round() for _ in range(9)]


def test_thirty_rounds_kill_thirty_processes_and_every_one_of_them_often(rounds):
    kills = Counter(target for fault in faults_of(rounds) if not fault.is_clean for target in fault.targets)
    assert kills.total() >= 30
    assert kills.keys() == set(TARGETS)
    assert min(kills.values()) >= 4


def test_the_flow_is_killed_as_one_process_and_as_one_of_a_cluster(rounds):
    struck = {round_.processes for round_ in rounds for fault in round_.faults if FLOW in fault.targets}
    assert len(struck) == 2
    assert all(fault.process < round_.processes for round_ in rounds for fault in round_.faults)


def test_there_are_faults_of_two_at_once_of_the_flow_twice_in_a_row_and_clean_ends():
    planner = Planner(0, ACTIONS)
    faults = faults_of([planner.round() for _ in range(100)])
    assert any(len(fault.targets) == 2 for fault in faults)
    assert any(fault.again_s is not None for fault in faults)
    assert any(fault.is_clean for fault in faults)


def test_a_fault_is_mended_before_the_next_one_and_before_the_rounds_end(rounds):
    for round_ in rounds:
        ends = [*(fault.at for fault in round_.faults[1:]), ACTIONS]
        assert all(fault.at <= fault.until < end for fault, end in zip(round_.faults, ends, strict=True))
