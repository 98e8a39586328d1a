"""Erasures: what is kept of a customer who may not be remembered.

Whoever is erased must stay so when older changes come late, or come again. To tell, a fingerprint of the id
and the version of the erasure are enough.
"""

from hashlib import sha256

from msgspec import Struct

from operators.message import Message
from operators.order import Change, Echo, OrderChange


class Erasure(Struct, frozen=True, gc=False):
    """The receipt: a customer was erased at stream time `at_us`, as a change of the shop's log demanded.

    It names the customer by the SHA-256 of the id only: who knows the id can look the receipt up.
    """

    receipt: str
    version: int
    at_us: int | None


class Tombstone(Struct, frozen=True, gc=False):
    """The last that the alerts' topic hears of a customer: compaction then deletes all that it held.

    `corrects`: as of an announcement.
    """

    customer_id: str
    version: int
    corrects: int | None = None


def fingerprint(customer_id: str) -> bytes:
    """Return what tells an erased customer from others without naming it."""
    return sha256(customer_id.encode()).digest()


def is_too_late(change: Change, erased_version: int | None) -> bool:
    """Return whether the change is older than its customer's erasure, and would bring something back."""
    if erased_version is None or isinstance(change, Echo) or change.version > erased_version:
        return False
    return not (isinstance(change, OrderChange) and change.is_forgotten)


def tombstone_message(tombstone: Tombstone) -> Message:
    """Return the tombstone as a message: a key without a value."""
    id_ = f"{fingerprint(tombstone.customer_id).hex()}/{tombstone.version}/erased"
    if tombstone.corrects is not None:
        id_ = f"{id_}/after-{tombstone.corrects}"
    return Message(id_, tombstone.customer_id.encode(), None, [])
