"""What the flow must know of a shop's database: the content of a shop file (`shops/*.toml`)."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, field

Table = Annotated[str, Meta(pattern=r"^[^.]+\.[^.]+$", description="schema.table")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]
Decimals = Literal["string", "double", "precise"]
Unit = Literal["milliseconds", "microseconds", "nanoseconds", "days"]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A section of the file; a key that it does not know is an error."""


class Connector(_Part, frozen=True):
    """How the connector writes: Debezium's own settings, where messages do not say it themselves.

    `envelope`: "flattened" is what ExtractNewRecordState leaves. It carries no before image, so every order
    is remembered by its id to know whom it leaves when it moves. `version`: where flattened records carry no
    `__lsn`, their offsets order the changes of a row. `decimals`: decimal.handling.mode.
    """

    topic_prefix: str
    envelope: Literal["full", "flattened"] = "full"
    version: Literal["lsn", "offset"] = "lsn"
    decimals: Decimals = "string"

    def __post_init__(self) -> None:
        if self.version == "offset" and self.envelope == "full":
            msg = 'version = "offset" is for flattened envelopes: full ones carry source.lsn'
            raise ValueError(msg)


class Heartbeat(_Part, frozen=True):
    """The table whose changes carry the shop's clock."""

    table: Table
    time: str


class Orders(_Part, frozen=True):
    """The orders' table and its columns.

    A null `customer` is nobody's order. `placed_at` may be null while the status does not count (a cart).
    `deleted`: where this column is set, the row counts as deleted. `unit` and `scale`: of instants that come
    as numbers, and of precise decimals, without a schema.
    """

    table: Table
    id: str
    customer: str
    status: str
    counted: Annotated[frozenset[str], Meta(min_length=1)]
    placed_at: str
    total: str | None = None
    refunded: str | None = None
    currency: str | None = None
    deleted: str | None = None
    unit: Unit | None = None
    scale: Annotated[int, Meta(ge=0, le=30)] | None = None


class Customers(_Part, frozen=True):
    """The customers' table; deleting a row of it is an erasure. `merged_into`: whose orders these are now."""

    table: Table
    id: str
    merged_into: str | None = None
    deleted: str | None = None


class Adjustments(_Part, frozen=True):
    """A table whose rows change an order's value: refunds, captures."""

    table: Table
    id: str
    order: str
    amount: str
    effect: Literal["add", "subtract"]
    status: str | None = None
    counted: frozenset[str] = frozenset()
    deleted: str | None = None
    scale: Annotated[int, Meta(ge=0, le=30)] | None = None

    def __post_init__(self) -> None:
        if (self.status is None) == bool(self.counted):
            msg = f"adjustments of {self.table}: status and counted belong together"
            raise ValueError(msg)


class Money(_Part, frozen=True):
    """The main currency, and what one unit of each other is worth in it: a decimal string."""

    currency: Currency
    rates: dict[Currency, Annotated[str, Meta(pattern=r"^\d{1,9}(\.\d{1,12})?$")]] = {}


class Calendar(_Part, frozen=True):
    """Where the shop's days begin: a date without a time is midnight there."""

    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError, and says enough itself
            msg = f"{self.time_zone!r} is no time zone, as Europe/Berlin is"
            raise ValueError(msg) from error


class Shop(_Part, frozen=True):
    """One shop. Without `customers` nothing is known of merges and erasures."""

    connector: Connector
    heartbeat: Heartbeat
    orders: Orders
    money: Money
    customers: Customers | None = None
    adjustments: list[Adjustments] = []
    calendar: Calendar = field(default_factory=Calendar)

    def __post_init__(self) -> None:
        if self.orders.total is None and not any(part.effect == "add" for part in self.adjustments):
            msg = 'orders have no value: name orders.total, or adjustments with effect = "add"'
            raise ValueError(msg)

    def topic(self, table: str) -> str:
        """Return the topic that Debezium writes a table's changes to."""
        return f"{self.connector.topic_prefix}.{table}"

    @property
    def heartbeat_topic(self) -> str:
        """The topic that carries the shop's clock."""
        return self.topic(self.heartbeat.table)

    @property
    def tables(self) -> list[str]:
        """The tables to capture, the heartbeat's last."""
        customers = [] if self.customers is None else [self.customers.table]
        return [
            self.orders.table,
            *customers,
            *(part.table for part in self.adjustments),
            self.heartbeat.table,
        ]

    @property
    def topics(self) -> list[str]:
        """The topics to read, the heartbeat's last."""
        return [self.topic(table) for table in self.tables]

    @property
    def assembles_orders(self) -> bool:
        """Whether one change does not say all: other tables add to it, or it hides whom the order leaves."""
        return bool(self.adjustments) or self.connector.envelope == "flattened"

    @property
    def follows_merges(self) -> bool:
        """Whether customers point to the account that their orders count for."""
        return self.customers is not None and self.customers.merged_into is not None
