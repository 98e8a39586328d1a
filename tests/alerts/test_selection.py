from datetime import UTC, datetime

import pytest

from alerts.event import from_message
from alerts.selection import Selection
from tests.alerts import samples

RAISED_AT = datetime(2026, 5, 3, 9, 12, 44, 18211, UTC)
JUST_AFTER = RAISED_AT.replace(microsecond=18212)


@pytest.mark.parametrize(
    ("sample", "selection", "taken"),
    [
        (samples.raised(), Selection(), True),
        (samples.raised(arm="control"), Selection(), True),
        (samples.raised(), Selection(types=["resolved", "raised"]), True),
        (samples.raised(), Selection(types=["resolved"]), False),
        (samples.raised(), Selection(level="AT_RISK"), True),
        (samples.escalated(), Selection(level="AT_RISK"), False),
        (samples.raised(), Selection(customer_id="4711"), True),
        (samples.raised(), Selection(customer_id="471"), False),
        (samples.raised(arm="control"), Selection(arm="treatment"), False),
        (samples.raised(arm="control"), Selection(arm="control"), True),
        (samples.raised(), Selection(since=RAISED_AT), True),
        (samples.raised(), Selection(since=JUST_AFTER), False),
    ],
)
def test_every_filter_holds(sample, selection, taken):
    assert selection.takes(from_message(sample.headers, sample.value)) is taken


@pytest.mark.parametrize(
    ("sample", "selection", "taken"),
    [
        (samples.suppressed(), Selection(), False),
        (samples.suppressed(), Selection(types=["raised"]), False),
        (samples.suppressed(), Selection(types=["suppressed"]), True),
        (samples.suppressed(**samples.RESOLUTION), Selection(types=["resolved"]), False),
    ],
)
def test_suppressed_alerts_are_for_those_who_ask(sample, selection, taken):
    assert selection.takes(from_message(sample.headers, sample.value)) is taken


@pytest.mark.parametrize(
    ("sample", "selection", "taken"),
    [
        (samples.withdrawn(), Selection(), True),
        (samples.withdrawn(level="LAPSED"), Selection(level="LAPSED", arm="treatment"), True),
        (samples.withdrawn(), Selection(level="LAPSED"), False),
        (samples.withdrawn(), Selection(arm="control"), False),
        (samples.withdrawn(reason="erasure"), Selection(since=JUST_AFTER), True),
        (samples.withdrawn(), Selection(types=["raised"]), False),
        (samples.withdrawn(), Selection(customer_id="4712"), False),
    ],
)
def test_a_withdrawal_is_for_whom_its_alert_was(sample, selection, taken):
    assert selection.takes(from_message(sample.headers, sample.value)) is taken
