"""The broker's configuration."""

from pathlib import Path

PROPERTIES = Path(__file__).parents[2] / "stack" / "kafka.properties"


def test_a_broker_that_comes_back_aborts_no_transaction_before_its_old_session_has_expired() -> None:
    lines = (line.split("=", 1) for line in PROPERTIES.read_text().splitlines() if "=" in line)
    settings = dict(lines)
    first_look_ms = int(settings["transaction.abort.timed.out.transaction.cleanup.interval.ms"])
    assert first_look_ms > int(settings["broker.session.timeout.ms"])
