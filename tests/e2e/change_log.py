"""What the flow could have known at any time: the orders topic, replayed state by state.

Written apart from the flow's own decoder and rules, so that a mistake in one shows against the other.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from tests.operators.oracle import at_risk_at_us

COUNTED = {"paid", "shipped", "refunded"}


class ChangeLog:
    """All changes of orders, and the heartbeats between them, by LSN."""

    def __init__(self, orders: list[bytes], heartbeats: list[bytes]) -> None:
        self.by_customer = defaultdict(dict)
        for value in orders:
            try:
                change = json.loads(value)
                lsn = (change["source"]["lsn"], change["op"] != "r")
                before, after = change["before"], change["after"]
                if before is not None and before["customer_id"] != (after or {}).get("customer_id"):
                    self._note(before, lsn, None)
                if after is not None:
                    counts = after["status"] in COUNTED
                    self._note(after, lsn, _us(after["placed_at"]) if counts else None)
            except (ValueError, KeyError, TypeError):
                continue  # a record put there by hand
        beats = (json.loads(value) for value in heartbeats)
        self.beats = sorted(
            (b["source"]["lsn"], _us(b["after"]["shop_time"])) for b in beats if b["op"] != "r"
        )

    def could_have_raised(self, alert_id: str) -> bool:
        """Tell whether stream time could have passed this crossing while it stood in the orders."""
        customer_id, order_id, _ = alert_id.split("/")
        for until_lsn, orders in self._states(customer_id):
            placed = sorted((at, id_) for id_, at in orders.items() if at is not None)
            silences = [i for i, (_, id_) in enumerate(placed) if id_ == order_id]
            for i in silences:
                crossed_us = at_risk_at_us([at for at, _ in placed[: i + 1]])
                ended_us = placed[i + 1][0] if i + 1 < len(placed) else self._time_at(until_lsn)
                if crossed_us <= ended_us + 1000:
                    return True
        return False

    def _note(self, row, lsn, placed_us) -> None:
        self.by_customer[str(row["customer_id"])][lsn, str(row["id"])] = placed_us

    def _states(self, customer_id: str) -> Iterator[tuple[int, dict[str, int | None]]]:
        changes = sorted(self.by_customer[customer_id].items())
        orders = {}
        for i, (((_, order_id)), placed_us) in enumerate(changes):
            orders[order_id] = placed_us
            until = changes[i + 1][0][0][0] if i + 1 < len(changes) else 2**63
            yield until, orders

    def _time_at(self, lsn: int) -> int:
        """The latest stream time at which a change at this LSN can still be unread.

        That is the first heartbeat after it: a change lies in the log before its commit, and a heartbeat
        may be committed between the two.
        """
        following = bisect_right(self.beats, (lsn, 2**63))
        return self.beats[min(following, len(self.beats) - 1)][1]


def _us(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1_000_000)
