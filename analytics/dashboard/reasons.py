"""Why somebody is at risk, in words."""

from typing import Any

from analytics.dashboard import formats


def usual_gap_days(row: dict[str, Any]) -> float | None:
    """Return the mean gap between a customer's orders; None where there is but one."""
    if row["order_count"] < 2:
        return None
    days: float = (row["latest_purchase"] - row["first_purchase"]).total_seconds() / 86_400
    orders: int = row["order_count"]
    return days / (orders - 1)


def why(row: dict[str, Any]) -> str:
    """Return what speaks for it that a customer is gone: `row` has the orders, days_silent and p_alive."""
    silent = formats.plural(int(row["days_silent"]), "day")
    gap_days = usual_gap_days(row)
    if gap_days is None:
        words = f"One order, and none for {silent}"
    elif gap_days < 1:
        words = f"{row['order_count']:,} orders within a day or so of each other, and none for {silent}"
    else:
        words = f"Ordered every {formats.plural(round(gap_days), 'day')} on average, and has not for {silent}"
        times = row["days_silent"] / gap_days
        if times >= 1.5:
            words += f", {times:,.0f} times as long" if times >= 9.5 else f", {times:.1f} times as long"
    if row["p_alive"] is not None:
        chance = "less than 1 %" if row["p_alive"] < 0.01 else formats.share(row["p_alive"], 0)
        words += f". A chance of {chance} to order again"
    return words + "."
