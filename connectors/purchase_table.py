"""The SQL for the order histories: table `purchases`."""

from collections.abc import Sequence

import psycopg

from operators.purchases import Purchase, Purchases
from operators.risk import END_OF_TIME_US

Item = Purchases

_COPIED_TYPES = ["text", "text", "text", "int8", "int8", "bool"]

_CREATE_INCOMING = """
    CREATE TEMPORARY TABLE incoming_purchases (
        customer_id text, line text, order_id text, placed_us bigint, cents bigint, is_order boolean
    ) ON COMMIT DELETE ROWS
"""

_DELETE_LINES = """
    DELETE FROM purchases USING unnest(%s::text[], %s::text[]) AS gone (customer_id, line)
    WHERE purchases.customer_id = gone.customer_id AND purchases.line = gone.line AND execution <= %s
"""

# Those that stand are written behind it.
_DELETE_WHOLE = """
    DELETE FROM purchases USING unnest(%s::text[], %s::bigint[]) AS whole (customer_id, folded_until_us)
    WHERE purchases.customer_id = whole.customer_id AND execution <= %s
        AND (folded_until_us IS NULL OR placed_at >= instant(folded_until_us))
"""

# Ordered by key, so that two writers take their row locks in the same order.
_UPSERT = """
    INSERT INTO purchases AS known (customer_id, line, order_id, placed_at, value, is_order, execution)
    SELECT customer_id, line, order_id, instant(placed_us), cents * 0.01, is_order, %s
    FROM incoming_purchases
    ORDER BY customer_id, line
    ON CONFLICT (customer_id, line) DO UPDATE SET
        order_id = excluded.order_id, placed_at = excluded.placed_at, value = excluded.value,
        is_order = excluded.is_order, execution = excluded.execution
    WHERE excluded.execution >= known.execution
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make the temporary table that `write` copies into."""
    connection.execute(_CREATE_INCOMING)


def write(cursor: psycopg.Cursor, items: Sequence[object], execution: int) -> None:
    """Do what the histories among the items say, in their order."""
    told = [item for item in items if isinstance(item, Purchases)]
    wholes: dict[str, int | None] = {}
    histories: dict[str, dict[str, Purchase | None]] = {}
    for item in told:
        id_ = item.customer_id
        if item.is_whole:
            wholes[id_] = _earlier(item.folded_until_us, wholes.get(id_, END_OF_TIME_US))
        _take(histories.setdefault(id_, {}), item)
    lines = [
        (id_, line, purchase) for id_, history in histories.items() for line, purchase in history.items()
    ]
    gone = [(id_, line) for id_, line, purchase in lines if purchase is None]
    if wholes:
        cursor.execute(_DELETE_WHOLE, (list(wholes), list(wholes.values()), execution))
    if gone:
        cursor.execute(_DELETE_LINES, (*map(list, zip(*gone, strict=True)), execution))
    if len(gone) < len(lines):
        with cursor.copy("COPY incoming_purchases FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(_COPIED_TYPES)
            for id_, line, purchase in lines:
                if purchase is not None:
                    copy.write_row((id_, line, purchase.order_id, *_content(purchase)))
        cursor.execute(_UPSERT, (execution,))


def _content(purchase: Purchase) -> tuple[int, int, bool]:
    return purchase.placed_at_us, purchase.cents, purchase.is_order


def _take(history: dict[str, Purchase | None], item: Purchases) -> None:
    """Take one item into what a batch makes of a customer's lines; None is gone."""
    if item.is_whole:
        until_us = item.folded_until_us
        for line, purchase in list(history.items()):
            if purchase is not None and (until_us is None or purchase.placed_at_us >= until_us):
                history[line] = None
    history |= dict.fromkeys(item.gone)
    history |= {purchase.line: purchase for purchase in item.lines}


def _earlier(one_us: int | None, other_us: int | None) -> int | None:
    """Return the earlier of two instants; None is the beginning."""
    return None if one_us is None or other_us is None else min(one_us, other_us)
