from operators.clock import Heartbeat, Progress, StreamClock

ENDS = {"orders:0": 10, "orders:1": 20, "beat:0": 1}


def test_time_moves_once_every_partition_has_been_read_past_the_heartbeat():
    clock = StreamClock()
    assert not clock.advance(Progress("beat:0", 1, Heartbeat(100, ENDS)))
    assert not clock.advance(Progress("orders:0", 10, None))
    assert not clock.advance(Progress("orders:1", 19, None))
    assert clock.now_us is None
    assert clock.advance(Progress("orders:1", 20, None))
    assert clock.now_us == 100


def test_an_empty_partition_holds_nothing_up():
    clock = StreamClock()
    assert clock.advance(Progress("beat:0", 1, Heartbeat(100, {"beat:0": 1, "orders:0": 0})))


def test_a_backlog_is_worked_off_before_time_moves():
    clock = StreamClock()
    for second in range(5):
        clock.advance(Progress("beat:0", second, Heartbeat(second, {"orders:0": 100 * second})))
    assert clock.now_us == 0
    clock.advance(Progress("orders:0", 250, None))
    assert clock.now_us == 2


def test_time_never_goes_backward():
    clock = StreamClock()
    clock.restore(500)
    assert not clock.advance(Progress("beat:0", 1, Heartbeat(100, {})))
    assert clock.now_us == 500
