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


def _check_counted(part: "Orders | Adjustments") -> None:
    if (part.status is None) == bool(part.counted):
        msg = f"{part.table}: status and counted belong together"
        raise ValueError(msg)


def _check_columns(part: "Orders | Customers | Adjustments") -> None:
    columns = [column for attribute in _COLUMNS if (column := getattr(part, attribute, None)) is not None]
    if len(set(columns)) < len(columns):
        msg = f"{part.table}: a column is named twice"
        raise ValueError(msg)


class Heartbeat(_Part, frozen=True):
    """The table whose changes carry the shop's clock."""

    table: Table
    time: str


class Orders(_Part, frozen=True):
    """The orders' table and its columns; without a `status` every order counts.

    A null `customer` is nobody's order; one whose `placed_at` is null has not been placed yet.
    `deleted`: where this column is set, the row counts as deleted. `unit` and `scale`: of instants that come
    as numbers, and of precise decimals, without a schema.
    """

    table: Table
    id: str
    customer: str
    placed_at: str
    status: str | None = None
    counted: frozenset[str] = frozenset()
    total: str | None = None
    refunded: str | None = None
    currency: str | None = None
    deleted: str | None = None
    unit: Unit | None = None
    scale: Annotated[int, Meta(ge=0, le=30)] | None = None

    def __post_init__(self) -> None:
        _check_counted(self)
        _check_columns(self)


class Customers(_Part, frozen=True):
    """The customers' table; deleting a row of it is an erasure. `merged_into`: whose orders these are now."""

    table: Table
    id: str
    merged_into: str | None = None
    deleted: str | None = None

    def __post_init__(self) -> None:
        _check_columns(self)


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
        _check_counted(self)
        _check_columns(self)


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
        except (KeyError, ValueError, OSError) as error:
            msg = f"{self.time_zone!r} is no time zone, as Europe/Berlin is"
            raise ValueError(msg) from error


_COLUMNS = (
    *("id", "customer", "order", "status", "placed_at", "total", "refunded", "amount", "currency"),
    *("merged_into", "deleted"),
)


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
        if self.customers is not None and self.connector.version == "offset":
            msg = "customers need LSNs: offsets of two topics do not tell which change came first"
            raise ValueError(msg)
        if len(set(self.tables)) < len(self.tables):
            msg = "a table is named twice"
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
    def columns(self) -> list[str]:
        """The columns that are read, schema.table.column, the heartbeat's left out."""
        parts: list[Orders | Customers | Adjustments] = [
            self.orders,
            *([] if self.customers is None else [self.customers]),
            *self.adjustments,
        ]
        named = [
            f"{part.table}.{column}"
            for part in parts
            for attribute in _COLUMNS
            if (column := getattr(part, attribute, None)) is not None
        ]
        return list(dict.fromkeys(named))

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
