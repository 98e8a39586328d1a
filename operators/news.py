"""What topic `retentioncast.models` says: versions of the model, requests for one, and days' budgets."""

import msgspec
from msgspec import Struct

from operators import budget, version
from operators.budget import Budget
from operators.version import Request, Version

News = Version | Request | Budget


class _Kind(Struct, frozen=True):
    """What tells a budget from the others."""

    budget: msgspec.Raw = msgspec.Raw(b"")


_KIND = msgspec.json.Decoder(_Kind)


def from_json(value: bytes) -> News:
    """Return the record that a message's value holds; raise ValueError, which says why, for anything else."""
    try:
        is_budget = bool(_KIND.decode(value).budget)
        if is_budget:
            return budget.from_json(value)
    # Among the former are msgspec's own errors; the latter is that brackets are too deep.
    except (ValueError, RecursionError) as error:
        msg = f"neither a version of the model, a request for a census nor a day's budget: {error}"
        raise ValueError(msg) from error
    return version.from_json(value)
