"""What was decided on a day's alerts: a record of topic `retentioncast.models`, read back by all workers."""

from datetime import UTC, date, datetime, time
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from operators.alert_body import amount
from operators.census import LEAD_US
from operators.instant import DAY_US, EPOCH, to_datetime
from operators.message import Message, event
from operators.version import Count

TYPE_BUDGET = b"retentioncast.alert.budget"


class Budget(Struct, frozen=True, gc=False, kw_only=True):
    """The least value at risk that an alert must have to be told on a UTC day; days count from 1970.

    `due`: as many alerts were foreseen for the day, of which the `alerts_a_day` worth most are kept.
    """

    day: int
    alerts_a_day: int
    due: int
    least_cents: int

    @property
    def name(self) -> str:
        """What its record is called, the same for all of a day."""
        return f"budget-{_date_of(self.day)}"


# No value at risk is higher than 16 digits, and the cents are remembered as 64 bits.
LeastValue = Annotated[str, Meta(pattern=r"\A(0|[1-9][0-9]{0,15})\.[0-9]{2}\Z")]


class _BudgetBody(Struct, frozen=True):
    """A budget as it stands on the topic."""

    budget: date
    alerts_a_day: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    due: Count
    least_value: LeastValue


_BODY = msgspec.json.Decoder(_BudgetBody)


def counted_at_us(day: int) -> int:
    """Return the instant of stream time at which the groups begin to tell what they foresee for a day."""
    return day * DAY_US - LEAD_US


def day_counted_at(at_us: int) -> int:
    """Return the day that is counted from an instant on; the inverse of `counted_at_us`."""
    return (at_us + LEAD_US) // DAY_US


def _date_of(day: int) -> date:
    return to_datetime(day * DAY_US).date()


def to_message(budget: Budget) -> Message:
    """Return the record as a CloudEvents 1.0 message in Kafka's binary mode, keyed by its name."""
    body = _BudgetBody(_date_of(budget.day), budget.alerts_a_day, budget.due, amount(budget.least_cents))
    return event(budget.name, budget.name, TYPE_BUDGET, body, to_datetime(counted_at_us(budget.day)))


def from_json(value: bytes) -> Budget:
    """Return the budget that a message's value holds; raise ValueError for anything else."""
    body = _BODY.decode(value)
    begin = datetime.combine(body.budget, time(), UTC)
    return Budget(
        day=(begin - EPOCH).days,
        alerts_a_day=body.alerts_a_day,
        due=body.due,
        least_cents=int(body.least_value.replace(".", "")),
    )
