"""The live panel in the terminal."""

from rich.align import Align
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from demo.reading import STATES, Alert, Model, Reading

# Okabe and Ito's palette, which colour-blind readers can tell apart
COLOURS = {"ACTIVE": "#009E73", "OVERDUE": "#F0E442", "AT_RISK": "#E69F00", "LAPSED": "#CC79A7"}
BAR_CELLS = 40


def render(reading: Reading, dashboard: str) -> RenderableType:
    """Return one frame; `dashboard` is the dashboard's address."""
    return Panel(
        Group(_clock(reading), Text(), _states(reading), Text(), _alerts(reading)),
        title="[bold]RetentionCast",
        subtitle=f"dashboard: [bold]{dashboard}[/] · Ctrl-C ends all of it",
        padding=(1, 2),
    )


def summary(reading: Reading) -> str:
    """Return the closing words."""
    states = ", ".join(f"{reading.states.get(state, 0):,} {state}" for state in STATES)
    return (
        f"{sum(reading.states.values()):,} customers with {reading.order_count:,} orders worth "
        f"{reading.order_value:,}: {states}. {reading.alert_count:,} alerts, {reading.events:,} events. "
        f"The model: {model_in_words(reading.model)}."
    )


def _clock(reading: Reading) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    stream = "waiting" if reading.stream_time is None else f"{reading.stream_time:%d %b %Y %H:%M}"
    table.add_row("stream time", f"[bold]{stream}", "events/s", f"[bold]{reading.events_per_second:,.0f}")
    behind = "" if reading.stream_time is None else _behind(reading)
    table.add_row("the shop's clock", f"{reading.shop_time:%d %b %Y %H:%M}", "stream time is", behind)
    table.add_row("orders", f"{reading.order_count:,}", "worth", f"{reading.order_value:,} EUR")
    table.add_row("model", model_in_words(reading.model))
    return table


def model_in_words(model: Model | None) -> str:
    """Return where the model in force comes from."""
    if model is None:
        return "waiting"
    if model.fitted_at is None:
        return "as the settings give it, until one has been fitted to this shop"
    return f"fitted to {model.customers:,} customers on {model.fitted_at:%d %b %Y}"


def _behind(reading: Reading) -> str:
    assert reading.stream_time is not None, "no stream time yet"  # noqa: S101
    hours = max(0.0, (reading.shop_time - reading.stream_time).total_seconds() / 3600)
    return f"{hours:.1f} shop hours behind"


def _states(reading: Reading) -> RenderableType:
    total = max(1, sum(reading.states.values()))
    table = Table.grid(padding=(0, 2))
    for state in STATES:
        count = reading.states.get(state, 0)
        bar = "█" * round(BAR_CELLS * count / total)
        table.add_row(state, f"{count:,}", Text(bar or "▏", style=COLOURS[state]), f"{count / total:.0%}")
    return table


def _alerts(reading: Reading) -> RenderableType:
    if not reading.alerts:
        return Align.left(Text("No alert yet: nobody has crossed into risk since the start.", style="dim"))
    lines = [Text(f"{reading.alert_count:,} alerts; the newest:", style="dim")]
    return Group(*lines, *(Text("• " + in_words(alert)) for alert in reading.alerts))


def in_words(alert: Alert) -> str:
    """Return an alert as a shopkeeper would say it."""
    orders = "1 order" if alert.order_count == 1 else f"{alert.order_count} orders"
    silent_days = (alert.raised_at - alert.latest_purchase).days
    state = "lapsed" if alert.level == "LAPSED" else "at risk"
    return (
        f"customer {alert.customer_id} ({orders}, {alert.order_value:,} {alert.currency}) "
        f"{state} since {alert.raised_at:%d %b %Y}, silent for {silent_days} days"
    )
