"""The values of a golden file by their topic."""

from tests.golden.golden_record import read

ORDERS = "shop.public.orders"
CUSTOMERS = "shop.public.customers"
REFUNDS = "shop.public.refunds"
TYPED = "shop.public.typed_orders"


def payloads(name: str, topic: str) -> list[dict]:
    """Return the values of a topic that are no tombstones, without their schemas."""
    return [record.payload() for record in read(name) if record.topic == topic and record.value is not None]


def operations(name: str, topic: str) -> str:
    """Return the ops of a topic's records, one letter each."""
    return "".join(payload["op"] for payload in payloads(name, topic))
