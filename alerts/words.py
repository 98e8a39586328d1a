"""An event in words, one line of them."""

from datetime import datetime, timedelta

from alerts.event import Alert, Event, Withdrawal

CONTROL = "  [control arm: do not act]"
SUPPRESSED = {
    "cooldown": "suppressed: another alert on this customer came shortly before",
    "budget": "suppressed: more valuable customers filled the day's budget",
}
SPANS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def in_words(event: Event) -> str:
    """Return the event for people to read."""
    when = f"{event.happened_at:%Y-%m-%d %H:%M}" if event.happened_at else " " * len("2026-05-03 09:12")
    words = f"{when}  customer {_safe(event.body.customer_id)}"
    if isinstance(event.body, Withdrawal):
        words += f": alert withdrawn, {_reason(event.body)}"
    else:
        words += f" {_news(event.body)}"
        if event.body.suppressed_by is not None:
            words += f"; {SUPPRESSED[event.body.suppressed_by]}"
    if event.type == "revised":
        words += "; these figures replace those told before"
    return words + (CONTROL if event.arm == "control" else "")


def _news(alert: Alert) -> str:
    if alert.resolved_at is not None:
        after = _span(timedelta(seconds=alert.resolved_after_seconds or 0))
        value = _money(alert, alert.resolved_by_order_value)
        return f"came back {after} after the alert, with an order of {value}"
    shown_at = alert.escalated_at or alert.raised_at
    orders = f"{alert.order_count} order" + ("" if alert.order_count == 1 else "s")
    silent = (
        f"silent since {_day(alert.latest_purchase, shown_at)} after {orders} "
        f"({_money(alert, alert.order_value)})"
    )
    at_stake = f"{_money(alert, alert.value_at_risk)} at risk"
    if alert.escalated_at is not None:
        return f"has lapsed: {silent}, at risk since {_day(alert.raised_at, shown_at)}; {at_stake}"
    return f"{'has lapsed' if alert.level == 'LAPSED' else 'is at risk'}: {silent}; {at_stake}"


def _reason(withdrawal: Withdrawal) -> str:
    order = _safe(withdrawal.alert_id.partition("/")[2])  # a "/" in the customer's part is percent-encoded
    reasons = {
        "order-gone": f"order {order} was cancelled, refunded in full, deleted, or is another customer's now",
        "earlier-order": f"an order placed after {order} came late: the silence was over before",
        "history-changed": "other orders changed, and with them the instant of the risk",
        "erasure": "the customer was erased",
    }
    return reasons.get(withdrawal.reason, _safe(withdrawal.reason))


def _money(alert: Alert, amount: str | None) -> str:
    return f"{_safe(amount or '?')} {_safe(alert.currency)}"


def _day(day: datetime, beside: datetime) -> str:
    """Return the day, with its year where that is another than the one it is told beside."""
    words = f"{day.day} {day:%B}"
    return words if day.year == beside.year else f"{words} {day.year}"


def _span(span: timedelta) -> str:
    for name, unit in SPANS:
        if span >= unit:
            count = span // unit
            return f"{count} {name}" + ("" if count == 1 else "s")
    return "less than a minute"


def _safe(text: str) -> str:
    """Return the text; escaped where it would leave its line, or speak to the terminal."""
    return text if text.isprintable() else ascii(text)
