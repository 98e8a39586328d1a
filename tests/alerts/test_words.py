import pytest

from alerts.event import from_message
from alerts.words import in_words
from tests.alerts import samples

SILENT = "silent since 12 March after 5 orders (231.40 EUR)"


def words(sample):
    return in_words(from_message(sample.headers, sample.value))


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        (samples.raised(), f"2026-05-03 09:12  customer 4711 is at risk: {SILENT}; 57.31 EUR at risk"),
        (
            samples.raised(level="LAPSED"),
            f"2026-05-03 09:12  customer 4711 has lapsed: {SILENT}; 57.31 EUR at risk",
        ),
        (
            samples.escalated(),
            f"2026-06-10 18:30  customer 4711 has lapsed: {SILENT}, at risk since 3 May; 57.31 EUR at risk",
        ),
        (
            samples.resolved(),
            "2026-05-16 10:12  customer 4711 came back 13 days after the alert, with an order of 19.90 EUR",
        ),
        (
            samples.revised(order_count=1, order_value="20.00", value_at_risk="3.10"),
            "2026-05-04 08:00  customer 4711 is at risk: silent since 12 March after 1 order (20.00 EUR); "
            "3.10 EUR at risk; these figures replace those told before",
        ),
        (
            samples.suppressed(),
            f"2026-05-03 09:12  customer 4711 is at risk: {SILENT}; 57.31 EUR at risk; suppressed: another "
            "alert on this customer came shortly before",
        ),
        (
            samples.suppressed(suppressed_by="budget"),
            f"2026-05-03 09:12  customer 4711 is at risk: {SILENT}; 57.31 EUR at risk; suppressed: more "
            "valuable customers filled the day's budget",
        ),
        (
            samples.withdrawn(),
            "2026-05-05 11:00  customer 4711: alert withdrawn, order 90210 was cancelled, refunded in full, "
            "deleted, or is another customer's now",
        ),
        (
            samples.withdrawn(reason="erasure"),
            "                  customer 4711: alert withdrawn, the customer was erased",
        ),
        (
            samples.withdrawn(reason="a new one"),
            "2026-05-05 11:00  customer 4711: alert withdrawn, a new one",
        ),
    ],
)
def test_each_type_in_words(sample, line):
    assert words(sample) == line


@pytest.mark.parametrize(
    "sample",
    [samples.raised(arm="control"), samples.resolved(arm="control"), samples.withdrawn(arm="control")],
)
def test_the_control_arm_is_marked(sample):
    assert words(sample).endswith("[control arm: do not act]")


@pytest.mark.parametrize("reason", ["order-gone", "earlier-order", "history-changed"])
def test_no_reason_is_told_as_a_code(reason):
    assert reason not in words(samples.withdrawn(reason=reason))


@pytest.mark.parametrize("customer_id", ["47/11", "47%11", "47%2F11"])
def test_a_withdrawal_names_the_order_whatever_is_in_the_customers_id(customer_id):
    line = words(samples.withdrawn(customer_id=customer_id, order_id="90/210"))
    assert f"customer {customer_id}: alert withdrawn, order 90/210 was" in line


def test_the_year_is_told_where_it_is_another():
    assert "silent since 30 December 2025 after" in words(
        samples.raised(latest_purchase="2025-12-30T10:00:00Z")
    )


@pytest.mark.parametrize(
    ("seconds", "span"),
    [(30.0, "less than a minute"), (60.0, "1 minute"), (7200.5, "2 hours"), (86400.0, "1 day")],
)
def test_how_long_it_took(seconds, span):
    assert f"came back {span} after" in words(samples.resolved(resolved_after_seconds=seconds))


def test_an_id_cannot_break_the_line_or_speak_to_the_terminal():
    line = words(samples.raised(customer_id="47\n11\x1b[2J"))
    assert line.isprintable()
