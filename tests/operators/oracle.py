"""The plain way to the same answers: final orders, sorted, one formula at a time, in floating point."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import NamedTuple

MODEL = (0.6371, 51.17, 0.8075, 1.2284)  # r, alpha, a, b in days
THRESHOLD, QUANTILE, LAPSE_DAYS = 0.5, 0.9, 90
DAY_US = 86_400_000_000
MICROSECOND = timedelta(microseconds=1)
ROUNDING = 2 * MICROSECOND  # of a crossing, which both sides compute in double precision


@dataclass(frozen=True)
class Rules:
    """What decides on alerts beside the model; `least_cents`: a UTC day's least value at risk, by day."""

    threshold: float = THRESHOLD
    lapse_days: int = LAPSE_DAYS
    hysteresis: float = 0.0
    cooldown_days: int = 0
    campaign: str = "winback"
    control_share: float = 0.0
    currency: str = "EUR"
    least_cents: Mapping[int, int] = field(default_factory=dict)


class Order(NamedTuple):
    """An order as the shop has it; a refund that stands among the orders is not counted."""

    id: str
    placed_us: int
    cents: int
    counted: bool = True


class Version(NamedTuple):
    """A model, by the instant from which it judges a customer; the first does so from the beginning."""

    since_us: int
    model: tuple[float, float, float, float]
    name: str


class Raised(NamedTuple):
    """Where a silence is first at risk, or has lapsed, and by which version."""

    at_us: int
    version: Version
    is_lapsed: bool


DEFAULTS = Rules()
FIRST = (Version(0, MODEL, "first"),)


def at_risk_at_us(placed, model=MODEL, threshold=THRESHOLD):
    """T* of the silence after the last of `placed` (instants in microseconds, sorted), MBG/NBD."""
    r, alpha, a, b = model
    x = len(placed) - 1
    t_x = (placed[-1] - placed[0]) / DAY_US
    age = (alpha + t_x) * ((b + x) / a * (1 - threshold) / threshold) ** (1 / (r + x)) - alpha
    return placed[0] + max(age, t_x) * DAY_US


def first_at_risk_us(placed, versions):
    """The first instant of the silence after the last of `placed` at which the version in force says so.

    `versions`: [(in force from, model)], in order; the first of them is in force from the beginning.
    """
    for i, (since_us, model) in enumerate(versions):
        at_us = max(at_risk_at_us(placed, model), placed[-1], since_us if i else 0)
        if i + 1 == len(versions) or at_us < versions[i + 1][0]:
            return at_us
    return None


def first_raised(placed, versions, rules=DEFAULTS):
    """Return where the silence after the last of `placed` is first AT_RISK or LAPSED, if nobody orders.

    One whose order has not brought P(alive) far enough above the threshold is only raised as LAPSED.
    """
    lapsed_us = placed[-1] + rules.lapse_days * DAY_US
    for i, version in enumerate(versions):
        from_us = max(placed[-1], version.since_us) if i else placed[-1]
        until_us = versions[i + 1].since_us if i + 1 < len(versions) else math.inf
        _, _, a, b = version.model
        recovered = b + len(placed) - 1
        at_risk_us = math.inf
        if recovered / (a + recovered) >= rules.threshold + rules.hysteresis:
            at_risk_us = max(from_us, round(at_risk_at_us(placed, version.model, rules.threshold)))
        at_us = min(at_risk_us, max(from_us, lapsed_us))
        if at_us < until_us:
            return Raised(at_us, version, lapsed_us <= at_us)
    raise AssertionError


def overdue_at_us(placed):
    """The end of the Lomax gap quantile after the last order."""
    r, alpha, _, _ = MODEL
    x = len(placed) - 1
    t_x = (placed[-1] - placed[0]) / DAY_US
    return placed[-1] + (alpha + t_x) * ((1 - QUANTILE) ** (-1 / (r + x)) - 1) * DAY_US


def p_alive(placed, now_us):
    """P(alive) at `now_us`, MBG/NBD."""
    r, alpha, a, b = MODEL
    x = len(placed) - 1
    t_x, age = (placed[-1] - placed[0]) / DAY_US, (now_us - placed[0]) / DAY_US
    return 1 / (1 + a / (b + x) * math.exp((r + x) * math.log((alpha + age) / (alpha + t_x))))


def alerts(orders, since_us, now_us, versions=((0, MODEL),)):
    """{(last order, instant)} for every silence crossed after `since_us` and before the next order or now."""
    orders = sorted(orders, key=lambda order: (order[1], order[0]))
    found = set()
    for i, (order_id, _) in enumerate(orders):
        crossed = first_at_risk_us([placed for _, placed in orders[: i + 1]], versions)
        is_ended_first = i + 1 < len(orders) and orders[i + 1][1] <= crossed
        if since_us < crossed <= now_us and not is_ended_first:
            found.add((order_id, round(crossed)))
    return found


def bodies(
    customer_id: str,
    orders: Sequence[Order],
    versions: Sequence[Version],
    since_us: int,
    now_us: int,
    rules: Rules = DEFAULTS,
) -> dict[str, dict[str, object]]:
    """Return the bodies, without `told_at`, of the alerts that a customer's orders imply, by id."""
    orders = sorted(orders, key=lambda order: (order.placed_us, order.id))
    found: dict[str, dict[str, object]] = {}
    spared_until_us = -math.inf
    for i, order in enumerate(orders):
        if not order.counted:
            continue
        known = orders[: i + 1]
        following = next((later for later in orders[i + 1 :] if later.counted), None)
        raised = first_raised([past.placed_us for past in known if past.counted], versions, rules)
        is_ended_first = following is not None and following.placed_us <= raised.at_us
        if is_ended_first or not since_us < raised.at_us <= now_us:
            continue
        body = _body(customer_id, known, following, raised, now_us, rules)
        if raised.at_us < spared_until_us:
            body["suppressed_by"] = "cooldown"
        elif value_at_risk_cents(known, raised, rules) < rules.least_cents.get(raised.at_us // DAY_US, 0):
            body["suppressed_by"] = "budget"
        else:
            spared_until_us = raised.at_us + rules.cooldown_days * DAY_US
        found[f"{customer_id}/{order.id}"] = body
    return found


def _body(customer_id, known, following, raised, now_us, rules):
    """The body as its fields stand on the topic; nothing suppresses it yet."""
    latest, counted = known[-1], [order for order in known if order.counted]
    lapsed_us = latest.placed_us + rules.lapse_days * DAY_US
    is_resolved = following is not None and following.placed_us <= now_us
    ended_us = following.placed_us if is_resolved else now_us + 1
    is_escalated = not raised.is_lapsed and lapsed_us < ended_us
    return {
        "alert_id": f"{customer_id}/{latest.id}",
        "customer_id": customer_id,
        "status": "resolved" if is_resolved else "open",
        "suppressed_by": None,
        "level": "LAPSED" if raised.is_lapsed or is_escalated else "AT_RISK",
        "raised_at": text(raised.at_us),
        "escalated_at": text(lapsed_us) if is_escalated else None,
        "resolved_at": text(following.placed_us) if is_resolved else None,
        "resolved_after_seconds": (following.placed_us - raised.at_us) / 1_000_000 if is_resolved else None,
        "resolved_by_order_id": following.id if is_resolved else None,
        "resolved_by_order_value": amount(following.cents) if is_resolved else None,
        "first_purchase": text(counted[0].placed_us),
        "latest_purchase": text(latest.placed_us),
        "latest_order_id": latest.id,
        "order_count": len(counted),
        "order_value": amount(sum(order.cents for order in known)),
        "currency": rules.currency,
        "value_at_risk": amount(value_at_risk_cents(known, raised, rules)),
        "campaign": rules.campaign,
        "arm": arm(customer_id, rules),
        "model_version": raised.version.name,
    }


def value_at_risk_cents(known, raised, rules=DEFAULTS):
    """(1 - threshold) · mean order value · orders expected in 90 days, exact, then rounded half to even."""
    r, alpha, _, _ = map(Fraction, raised.version.model)
    counted = [order for order in known if order.counted]
    mean_cents = Fraction(sum(order.cents for order in known), len(counted))
    age_days = Fraction(raised.at_us - counted[0].placed_us, DAY_US)
    expected_orders = 90 * (r + len(counted) - 1) / (alpha + age_days)
    return max(0, round((1 - Fraction(rules.threshold)) * mean_cents * expected_orders))


def arm(customer_id, rules=DEFAULTS):
    """Who is left in peace, so that what alerts achieve can be measured."""
    lot = sha256(f"{rules.campaign}/{customer_id}".encode()).digest()[:8]
    return "control" if int.from_bytes(lot, "big") < rules.control_share * 2**64 else "treatment"


def text(instant_us):
    """RFC 3339, in UTC."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + instant_us * MICROSECOND
    return at.isoformat().replace("+00:00", "Z")


def amount(cents):
    """A decimal string with two digits."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def differences(body, expected):
    """Return the names of the fields in which a body differs; a crossing may, by what its rounding leaves."""
    if list(body) != list(expected):
        return ["fields"]
    return [name for name in expected if not _is_equal(name, body[name], expected[name])]


def _is_equal(name, value, expected):
    if name == "raised_at":
        return abs(datetime.fromisoformat(value) - datetime.fromisoformat(expected)) <= ROUNDING
    if name == "resolved_after_seconds" and None not in (value, expected):
        return math.isclose(value, expected, rel_tol=0, abs_tol=ROUNDING.total_seconds() + 1e-7)
    return value == expected
