"""Which events are wanted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from alerts.event import Event, Withdrawal


@dataclass(frozen=True)
class Selection:
    """What must hold of an event; None and nothing ask for nothing.

    Suppressed alerts are wanted by those who name the type. A withdrawal says neither level nor arm: it is
    wanted by whoever may have been told of what it withdraws.
    """

    types: Collection[str] = ()
    level: str | None = None
    customer_id: str | None = None
    arm: str | None = None
    since: datetime | None = None

    def takes(self, event: Event) -> bool:
        """Tell whether the event is wanted."""
        body = event.body
        if self.types and event.type not in self.types:
            return False
        if self.customer_id not in (None, body.customer_id):
            return False
        if self.since is not None and event.happened_at is not None and event.happened_at < self.since:
            return False
        if isinstance(body, Withdrawal):
            return True
        if body.suppressed_by is not None and "suppressed" not in self.types:
            return False
        return self.level in (None, body.level) and self.arm in (None, body.arm)
