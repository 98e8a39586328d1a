"""The shops whose records are fuzzed, and the golden records that inputs are made of."""

import random
from dataclasses import dataclass

import msgspec

from operators.shop import Shop
from tests.golden.golden_record import HERE, read
from tests.shop_files import DEMO, EVERYTHING

OTHER_FORM_SHARE = 0.05
SHORT_BYTES_MAX = 4000
LONG_SHARE = 0.5


def changed(shop: Shop = EVERYTHING, connector: dict | None = None, orders: dict | None = None) -> Shop:
    """A shop with other settings."""
    replace = msgspec.structs.replace
    return replace(
        shop,
        connector=replace(shop.connector, **(connector or {})),
        orders=replace(shop.orders, **(orders or {})),
    )


# The golden shop has no soft deletes in its orders, so that most records are accepted.
PLAIN = changed(orders={"deleted": None})
FLAT = {"envelope": "flattened"}
BERLIN = msgspec.structs.replace(
    PLAIN, calendar=msgspec.structs.replace(PLAIN.calendar, time_zone="Europe/Berlin")
)
TYPED = changed(
    msgspec.structs.replace(BERLIN, customers=None, adjustments=[]),
    orders={
        "table": "public.typed_orders",
        "placed_at": "placed_us",
        "status": None,
        "counted": frozenset(),
        "refunded": None,
        "currency": None,
    },
)
RICH = msgspec.structs.replace(
    PLAIN, money=msgspec.structs.replace(PLAIN.money, rates={"USD": "999999999.999999999999"})
)
SHOPS = {
    "demo": DEMO,
    "everything": EVERYTHING,
    "plain": PLAIN,
    "rates": RICH,
    "flattened": changed(PLAIN, FLAT),
    "flattened by offset": changed(
        msgspec.structs.replace(PLAIN, customers=None), {**FLAT, "version": "offset"}
    ),
    "flattened demo": changed(DEMO, FLAT),
    "precise": changed(PLAIN, {"decimals": "precise"}, {"scale": 2}),
    "precise without scale": changed(TYPED, {"decimals": "precise"}),
    "double": changed(PLAIN, {"decimals": "double"}),
    "typed": TYPED,
    "milliseconds": changed(TYPED, orders={"unit": "milliseconds"}),
    "microseconds": changed(TYPED, {"decimals": "precise"}, {"unit": "microseconds"}),
    "nanoseconds": changed(TYPED, orders={"unit": "nanoseconds"}),
    "days": changed(TYPED, orders={"unit": "days", "placed_at": "placed_on"}),
}


@dataclass(frozen=True)
class Seed:
    """A golden record's topic and value."""

    topic: str
    value: bytes
    is_flattened: bool


SEEDS = [
    Seed(record.topic, record.value.encode(), "flattened" in path.stem)
    for path in sorted(HERE.glob("*.jsonl"))
    for record in read(path.stem)
    if record.value is not None
]


class Source:
    """Golden records for one shop: of its own topics, most of them in its form."""

    def __init__(self, shop: Shop, chance: random.Random) -> None:
        self._chance = chance
        self._topics = shop.topics
        is_flattened = shop.connector.envelope == "flattened"
        own = [seed for seed in SEEDS if seed.topic in shop.topics]
        self._own = {
            topic: [seed.value for seed in own if seed.topic == topic and seed.is_flattened == is_flattened]
            for topic in self._topics
        }

    def next(self) -> tuple[str, bytes]:
        """A topic of the shop, and a value that may stand there."""
        topic = self._chance.choice(self._topics)
        values = self._own[topic]
        if not values or self._chance.random() < OTHER_FORM_SHARE:
            return topic, self._chance.choice(SEEDS).value
        value = self._chance.choice(values)
        # One with its schema takes ten times as long.
        if len(value) > SHORT_BYTES_MAX and self._chance.random() > LONG_SHARE:
            value = self._chance.choice(values)
        return topic, value
