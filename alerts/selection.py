"""Which events are wanted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from alerts.event import SUPPRESSED, Event


@dataclass(frozen=True)
class Selection:
    """What must hold of an event; None and nothing ask for nothing.

    Suppressed alerts are wanted by those who name the type.
    """

    types: Collection[str] = ()
    level: str | None = None
    customer_id: str | None = None
    arm: str | None = None
    since: datetime | None = None

    def takes(self, event: Event) -> bool:
        """Tell whether the event is wanted."""
        if event.type not in self.types and (self.types or event.type == SUPPRESSED):
            return False
        if self.since is not None and event.happened_at is not None and event.happened_at < self.since:
            return False
        return (
            self.customer_id in (None, event.body.customer_id)
            and self.level in (None, event.level)
            and self.arm in (None, event.arm)
        )
