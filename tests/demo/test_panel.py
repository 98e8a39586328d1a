import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

from rich.console import Console

from demo import panel
from demo.reading import Alert, Model, Reading, alert
from tests.alerts import samples

MARCH = datetime(2026, 3, 12, 18, 30, tzinfo=UTC)
MAY = datetime(2026, 5, 3, 9, 0, tzinfo=UTC)
ALERT = Alert("4711", "AT_RISK", MAY, MARCH, 5, Decimal("1231.40"), "EUR")


def reading(**changed):
    values = {
        "shop_time": MAY,
        "stream_time": MAY,
        "states": {"ACTIVE": 3, "AT_RISK": 1},
        "order_count": 12,
        "order_value": Decimal("512.00"),
        "events": 40,
        "events_per_second": 7.0,
        "alert_count": 1,
        "alerts": [ALERT],
        "model": Model("mbg-nbd@2026-04-30T00:00:00Z", datetime(2026, 4, 30, tzinfo=UTC), 4873),
    }
    return Reading(**(values | changed))


def drawn(shown):
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(panel.render(shown, "http://127.0.0.1:8050"))
    return console.export_text()


def test_an_alert_is_told_in_words():
    assert panel.in_words(ALERT) == (
        "customer 4711 (5 orders, 1,231.40 EUR) at risk since 03 May 2026, silent for 51 days"
    )


def test_an_alert_is_read_as_the_topic_tells_it():
    assert panel.in_words(alert(json.loads(samples.raised(level="LAPSED").value))) == (
        "customer 4711 (5 orders, 231.40 EUR) lapsed since 03 May 2026, silent for 51 days"
    )


def test_the_panel_shows_time_states_and_alerts():
    text = drawn(reading())
    for shown in (
        "03 May 2026",
        "ACTIVE",
        "75%",
        "AT_RISK",
        "customer 4711",
        "0.0 shop hours behind",
        "4,873 customers",
        "http://127.0.0.1:8050",
    ):
        assert shown in text


def test_the_panel_says_when_there_is_nothing_yet():
    text = drawn(reading(stream_time=None, states={}, alerts=[], alert_count=0))
    assert "waiting" in text
    assert "No alert yet" in text


def test_the_panel_says_that_no_model_has_been_fitted_yet():
    assert "settings" in drawn(reading(model=Model("mbg-nbd:1,2,3,4", None, None)))
    assert "model" in drawn(reading(model=None))


def test_the_summary_counts_every_state():
    assert panel.summary(reading()) == (
        "4 customers with 12 orders worth 512.00: 3 ACTIVE, 0 OVERDUE, 1 AT_RISK, 0 LAPSED."
        " 1 alerts, 40 events. The model: fitted to 4,873 customers on 30 Apr 2026."
    )


def test_help_explains_the_demo():
    shown = subprocess.run(
        [sys.executable, "-m", "demo", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "Ctrl-C" in shown
    assert "--days" in shown
