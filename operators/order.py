"""Changes of orders and customers, with money in cents and instants in microseconds.

Each has a `key`: the customer or the order that it is a change of, by which the stages are keyed.
"""

from msgspec import Struct

from operators.alert_body import Body
from operators.chunk import Record

WAY = "\x1f"  # between an order's id and the merges it came by; an id that holds it is rejected


def bare(order_id: str) -> str:
    """Return the order's id in the shop, without its way."""
    return order_id.partition(WAY)[0]


class OrderChange(Struct, frozen=True, gc=False):
    """What one customer must know of one order from now on.

    A deleted order and one that moved to another customer are the same to the customer: neither `counted` nor
    worth any `cents`. A refund that stands among the orders is worth cents and not counted. `version` orders
    the changes of one order: Debezium's `source.lsn` twice, plus one unless the change was read by the
    snapshot, because a snapshot's row may share its LSN with the first change streamed after it.
    """

    customer_id: str
    order_id: str
    version: int
    placed_at_us: int | None  # None only of an order that is not counted: a cart
    cents: int
    counted: bool
    record: Record
    placed_before_us: int | None = None  # where the change moved an order of this customer in time
    is_forgotten: bool = False  # not even its version need be remembered: nothing older can come

    @property
    def key(self) -> str:
        """The customer's id."""
        return self.customer_id


class CustomerChange(Struct, frozen=True, gc=False):
    """What a customer's own row says: the account that its orders count for, or that it is erased."""

    customer_id: str
    version: int
    merged_into: str | None
    is_erased: bool
    record: Record

    @property
    def key(self) -> str:
        """The customer's id."""
        return self.customer_id


class OrderFacts(Struct, frozen=True, array_like=True, gc=False):
    """What an order's own row says; cents are of the order's currency."""

    customer_id: str | None
    placed_at_us: int | None
    has_counted_status: bool
    total_cents: int
    refunded_cents: int
    currency: str

    @property
    def is_refund(self) -> bool:
        """Whether it takes money back: a negative total lowers the value, never recency or frequency."""
        return self.total_cents < 0


class OrderRowChange(Struct, frozen=True, gc=False):
    """What an order's own row says from now on; `facts` is None where the row was deleted.

    `unavailable`: the fields of `facts` whose value has not changed and was not sent.
    """

    order_id: str
    version: int
    facts: OrderFacts | None
    unavailable: frozenset[str]
    record: Record

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class AdjustmentChange(Struct, frozen=True, gc=False):
    """What one row of another table adds to an order's value from now on, in the order's currency."""

    order_id: str
    adjustment_id: str
    version: int
    cents: int
    record: Record

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class Echo(Struct, frozen=True, gc=False):
    """What the alerts' topic says of a customer: the flow's own words; `body` is None of a tombstone."""

    customer_id: str
    body: Body | None
    offset: int

    @property
    def key(self) -> str:
        """The customer's id."""
        return self.customer_id


Change = OrderChange | CustomerChange | OrderRowChange | AdjustmentChange | Echo
