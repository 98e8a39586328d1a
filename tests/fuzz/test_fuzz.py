"""A small share of what `make fuzz` tries."""

import pytest

from operators import reject
from operators.table import Table
from tests.fuzz.captured import SHOPS
from tests.fuzz.run import batch, run

INPUTS = 20_000


def test_no_bytes_make_the_flow_raise_and_every_record_is_accounted_for():
    tally = run(INPUTS, seed=1)
    assert tally.failures == []
    assert tally.inputs == INPUTS == tally.accepted + tally.ignored + tally.rejects.total()
    # The inputs are worth trying: much of it is accepted, and goes on.
    assert tally.accepted > INPUTS / 5
    assert tally.staged > INPUTS / 50
    assert {
        reject.MALFORMED,
        reject.AMOUNT,
        reject.CURRENCY,
        reject.UNAVAILABLE_VALUE,
    } <= tally.rejects.keys()


@pytest.mark.slow
def test_the_same_seed_makes_the_same_inputs():
    assert batch(1, (0, 500)) == batch(1, (0, 500)) != batch(2, (0, 500))


def test_a_decoder_that_raises_is_told_with_the_bytes(monkeypatch):
    monkeypatch.setattr(Table, "changes", lambda self, record, value: value.decode("ascii") and [])
    failures = batch(1, (list(SHOPS).index("plain"), 500)).failures
    assert "UnicodeDecodeError" in failures[0]
    assert "value=b'" in failures[0]
