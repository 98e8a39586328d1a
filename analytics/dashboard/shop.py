"""The shop as every page needs it: its time, its time zone, its currency."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from analytics.dashboard.database import Reading

QUERY = """
    SELECT now, clock_timestamp() AS server_now, time_zone, currency FROM stream_time CROSS JOIN shop
"""


@dataclass(frozen=True)
class Shop:
    """Stream time, and what the shop file says of days and money.

    `age` is the database server's clock less stream time.
    """

    now: datetime
    age: timedelta
    zone: ZoneInfo
    currency: str

    @classmethod
    def read(cls, reading: Reading) -> Self | None:
        """Return the shop, None before its first heartbeat."""
        row = reading.row(QUERY)
        if row is None:
            return None
        now: datetime = row["now"]
        return cls(now, row["server_now"] - now, ZoneInfo(row["time_zone"]), row["currency"])
