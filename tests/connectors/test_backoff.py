import pytest

from connectors import backoff


@pytest.fixture
def clock(monkeypatch):
    """A clock that only sleeping moves; the sleeps."""
    sleeps = []
    monkeypatch.setattr("time.monotonic", lambda: sum(sleeps))
    monkeypatch.setattr("time.sleep", sleeps.append)
    return sleeps


def test_there_is_one_attempt_at_least(clock):
    assert list(backoff.attempts(0)) == [1]
    assert clock == []


def test_attempts_end_before_the_limit(clock):
    attempts = list(backoff.attempts(60))
    assert len(attempts) == len(clock) + 1
    assert 50 < sum(clock) <= 60


def test_delays_double_up_to_the_longest_and_differ(clock):
    list(backoff.attempts(300))
    for index, delay in enumerate(clock):
        full = min(backoff.FIRST_DELAY_SECONDS * 2**index, backoff.LONGEST_DELAY_SECONDS)
        assert full / 2 <= delay <= full
    assert len(set(clock)) == len(clock)
