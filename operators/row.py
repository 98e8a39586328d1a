"""What is written to the analytics database."""

from msgspec import Struct

from operators.rfm import Rfm
from operators.risk import Crossings, State, state_at


class Row(Struct, frozen=True, gc=False):
    """One customer's line of table `rfm`; instants in UTC microseconds, None for never."""

    customer_id: str
    first_purchase_us: int
    latest_purchase_us: int
    order_count: int
    cents: int
    currency: str
    state: State
    state_since_us: int
    overdue_at_us: int | None
    at_risk_at_us: int | None
    model_version: str
    version: int
    is_timed: bool = True  # not before the first heartbeat, when the state is not known


class Gone(Struct, frozen=True, gc=False):
    """A customer without a counted order: the line is deleted."""

    customer_id: str


class StreamTime(Struct, frozen=True, gc=False):
    """How far the table is complete, and since when alerts are published."""

    now_us: int
    alerts_since_us: int


def of(
    customer_id: str,
    rfm: Rfm,
    crossings: Crossings,
    *,
    currency: str,
    model_version: str,
    version: int,
    now_us: int | None,
) -> Row:
    """Return the customer's line as it stands at stream time `now_us`."""
    state, since_us = state_at(crossings, rfm.latest_us, now_us)
    return Row(
        customer_id=customer_id,
        first_purchase_us=rfm.first_us,
        latest_purchase_us=rfm.latest_us,
        order_count=rfm.order_count,
        cents=rfm.cents,
        currency=currency,
        state=state,
        state_since_us=since_us,
        overdue_at_us=crossings.overdue_at_us,
        at_risk_at_us=crossings.at_risk_at_us,
        model_version=model_version,
        version=version,
        is_timed=now_us is not None,
    )
