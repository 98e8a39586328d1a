"""What the flow could have known at any time: the topics, replayed state by state.

Written apart from the flow's own decoder and rules, so that a mistake in one shows against the other.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import combinations
from typing import Self

from tests.e2e import versions
from tests.e2e.topics import is_by_hand, read_all
from tests.e2e.versions import Version
from tests.operators import oracle
from tests.operators.oracle import Rules

COUNTED = {"paid", "shipped", "refunded"}
Placed = list[tuple[int, str]]
# How far one partition may be ahead of another: so many states of an account, and orders of it.
AHEAD_STATES, AHEAD_ORDERS = 6, 5


class ChangeLog:
    """Every account's orders after each change, and the heartbeats between the changes, by LSN.

    An account is a customer with all who are merged into it. Only orders in `currencies` are known.
    """

    def __init__(
        self,
        orders: list[bytes],
        heartbeats: list[bytes],
        customers: list[bytes] = (),
        currencies: Collection[str] = ("EUR",),
    ) -> None:
        self._orders = defaultdict(dict)  # by customer: id → when placed, of those that count
        self._merged_into = {}
        self._members = defaultdict(set)  # by account: who is merged into it
        self._states = defaultdict(list)  # by account: (LSN, its orders)
        changes = [
            change for change in _changes(orders) if _is_known(change["after"], currencies)
        ] + _changes(customers)
        for change in sorted(changes, key=lambda change: (change["source"]["lsn"], change["op"] != "r")):
            for account in self._apply(change):
                self._states[account].append((change["source"]["lsn"], self._placed(account)))
        beats = [change for change in _changes(heartbeats) if change["op"] != "r"]
        self.beats = sorted((b["source"]["lsn"], _us(b["after"]["shop_time"])) for b in beats)

    @classmethod
    def read(
        cls, bootstrap: str, orders: str, customers: str | None = None, currencies: Collection[str] = ("EUR",)
    ) -> Self:
        """Read the topics of the tables of these names."""
        orders, customers, beats = (
            [] if table is None else _written_by_the_connector(bootstrap, f"shop.{table}")
            for table in (orders, customers, "cdc.heartbeat")
        )
        return cls(orders, beats, customers, currencies)

    def could_have_raised(
        self, alert_id: str, in_force: list[Version], rules: Rules = oracle.DEFAULTS
    ) -> bool:
        """Tell whether stream time could have passed this crossing while it stood in the orders."""
        account, order_id = alert_id.split("/")
        models = versions.of(account, in_force)
        for until_lsn, placed in self._states_of(account):
            for i in (i for i, (_, id_) in enumerate(placed) if id_ == order_id):
                crossed_us = oracle.first_raised([at for at, _ in placed[: i + 1]], models, rules).at_us
                ended_us = placed[i + 1][0] if i + 1 < len(placed) else self._time_at(until_lsn)
                if crossed_us <= ended_us + 1000:
                    return True
        return False

    def _apply(self, change) -> set[str]:
        """Take a change in; return the accounts that it may have changed."""
        before, after = change["before"], change["after"]
        if "merged_into" in (after or before):
            return self._merge(str((after or before)["id"]), (after or {}).get("merged_into"))
        rows = [row for row in (before, after) if row is not None and row["customer_id"] is not None]
        for row in rows:
            self._orders[str(row["customer_id"])].pop(str(row["id"]), None)
        if after in rows and after["status"] in COUNTED and not after["total"].startswith("-"):
            self._orders[str(after["customer_id"])][str(after["id"])] = _us(after["placed_at"])
        return {self._account(str(row["customer_id"])) for row in rows}

    def _merge(self, customer_id: str, into: str | None) -> set[str]:
        changed = {self._account(customer_id)}
        if into is None:
            self._merged_into.pop(customer_id, None)
        else:
            self._merged_into[customer_id] = str(into)
        self._members.clear()
        for id_ in self._merged_into:
            self._members[self._account(id_)].add(id_)
        return changed | {self._account(customer_id)}

    def _account(self, customer_id: str) -> str:
        for _ in range(3):
            customer_id = self._merged_into.get(customer_id, customer_id)
        return customer_id

    def _placed(self, account: str) -> Placed:
        members = self._members[account] | ({account} - self._merged_into.keys())
        return sorted((at, id_) for member in members for id_, at in self._orders[member].items())

    def _states_of(self, account: str) -> Iterator[tuple[int, Placed]]:
        """Yield the account's orders, and the LSN until which they were these.

        Also those of which some orders are ahead: their partition has been read further than others.
        """
        states = self._states[account]
        for i, (_, placed) in enumerate(states):
            until_lsn = states[i + 1][0] if i + 1 < len(states) else 2**63
            yield until_lsn, placed
            for _, later in states[i + 1 : i + 1 + AHEAD_STATES]:
                yield from ((until_lsn, mixed) for mixed in _mixtures(placed, later))

    def _time_at(self, lsn: int) -> int:
        """The latest stream time at which a change at this LSN can still be unread.

        That is the first heartbeat after it: a change lies in the log before its commit, and a heartbeat
        may be committed between the two.
        """
        following = bisect_right(self.beats, (lsn, 2**63))
        return self.beats[min(following, len(self.beats) - 1)][1]


def _mixtures(placed: Placed, later: Placed) -> Iterator[Placed]:
    """Yield the orders with some, not all, of those that differ as they were later."""
    now, then = ({id_: at for at, id_ in orders} for orders in (placed, later))
    differing = [id_ for id_ in now.keys() | then.keys() if now.get(id_) != then.get(id_)]
    for count in range(1, min(len(differing), AHEAD_ORDERS)):
        for ahead in combinations(differing, count):
            mixed = {**now, **{id_: then.get(id_) for id_ in ahead}}
            yield sorted((at, id_) for id_, at in mixed.items() if at is not None)


def _written_by_the_connector(bootstrap: str, topic: str) -> list[bytes]:
    return [m.value() for m in read_all(bootstrap, topic) if m.value() and not is_by_hand(m)]


def _changes(values: list[bytes]) -> list:
    return [json.loads(value) for value in values]


def _is_known(row, currencies: Collection[str]) -> bool:
    return row is None or row["currency"] in currencies


def _us(instant: str) -> int:
    return round(datetime.fromisoformat(instant).timestamp() * 1_000_000)
