import pytest

from operators import reject
from operators.assembly import Assembly
from operators.chunk import Record
from operators.clock import Clock
from operators.money import Rates
from operators.order import AdjustmentChange, CustomerChange, OrderFacts, OrderRowChange
from operators.reject import Reject

RECORD = Record("any:0", 0, None, None)


class Order:
    """One order, packed and unpacked between its changes."""

    def __init__(self):
        self.assembly, self.packed = Assembly(Rates("EUR", {"USD": "0.5"})), None

    def outputs(self, *changes):
        known = None if self.packed is None else self.assembly.unpack(self.packed)
        outcome = self.assembly.on_changes("7", known, list(changes), None, Clock(None, None))
        self.packed = None if outcome.state is None else self.assembly.pack(outcome.state)
        return outcome.outputs

    def told(self, *changes):
        return [(o.customer_id, o.cents, o.counted, o.version) for o in self.outputs(*changes)]


def row(version, customer_id="a", counts=True, total=1000, refunded=0, currency="EUR", unavailable=()):
    facts = OrderFacts(customer_id, 5, counts, total, refunded, currency)
    return OrderRowChange("7", version, facts, frozenset(unavailable), RECORD)


def refund(version, cents, refund_id="0/1"):
    return AdjustmentChange("7", refund_id, version, cents, RECORD)


def test_an_order_is_worth_its_total_less_what_was_given_back():
    order = Order()
    assert order.told(row(1, refunded=50)) == [("a", 950, True, 1)]
    assert order.told(refund(2, -300)) == [("a", 650, True, 2)]
    assert order.told(refund(3, -100), refund(4, -5, "1/1")) == [("a", 850, True, 3), ("a", 845, True, 4)]
    assert order.told(refund(5, 0)) == [("a", 945, True, 5)]


def test_a_refund_waits_for_its_order():
    order = Order()
    assert order.told(refund(9, -300)) == []
    assert order.told(row(1)) == [("a", 700, True, 9)]


def test_older_rows_come_too_late():
    order = Order()
    order.told(row(5), refund(5, -300))
    assert order.told(row(4, total=1), refund(4, -1)) == []


def test_an_order_leaves_a_customer_without_a_before_image():
    order = Order()
    order.told(row(1))
    assert order.told(row(2, "b")) == [("a", 0, False, 2), ("b", 1000, True, 2)]
    assert order.told(row(3, None)) == [("b", 0, False, 3)]
    assert order.told(OrderRowChange("7", 4, None, frozenset(), RECORD)) == []
    assert order.told(row(5, "c")) == [("c", 1000, True, 5)]


def test_an_order_that_leaves_is_forgotten_even_where_its_customer_was_erased_since():
    order = Order()
    order.told(row(1))
    assert [o.is_forgotten for o in order.outputs(row(2, "b"))] == [True, False]


def test_what_does_not_count_is_worth_nothing_but_a_credit_is():
    assert Order().told(row(1, counts=False)) == [("a", 0, False, 1)]
    assert Order().told(row(1, total=-1000)) == [("a", -1000, False, 1)]


def test_each_amount_is_converted_by_itself():
    order = Order()
    order.told(row(1, total=101, currency="USD"))
    assert order.told(refund(2, -1), refund(3, -1, "0/2"))[-1] == ("a", 51 - 1 - 1, True, 3)


@pytest.mark.parametrize("name", ["customer", "status", "placed_at", "total", "refunded", "currency"])
def test_a_value_that_is_not_sent_again_is_remembered(name):
    order = Order()
    order.told(row(1, refunded=100, currency="USD"))
    sent = {"customer": {"customer_id": None}, "status": {"counts": False}, "total": {"total": 0}}
    changed = {"refunded": 100, "currency": "USD", **sent.get(name, {})}
    if name in changed:
        changed[name] = 0 if name == "refunded" else "EUR"
    assert order.told(row(2, unavailable=[name], **changed)) == [("a", 450, True, 2)]


def test_a_value_that_was_never_sent_is_a_reject():
    [rejected] = Order().outputs(row(1, unavailable=["status"]))
    assert rejected == Reject(reject.UNAVAILABLE_VALUE, "status was never sent", RECORD)


def test_changes_of_customers_pass():
    change = CustomerChange("a", 1, "b", False, RECORD)
    order = Order()
    assert order.outputs(change) == [change]
    assert order.packed is None


@pytest.mark.parametrize(
    ("currency", "total", "reason"), [("XYZ", 1000, reject.CURRENCY), ("USD", 2 * 10**15, reject.AMOUNT)]
)
def test_what_cannot_be_told_in_the_main_currency_is_rejected_and_counts_again_once_it_can(
    currency, total, reason
):
    """A status that was not sent hides from the decoder that the order counts."""
    order = Order()
    order.assembly = Assembly(Rates("EUR", {"USD": "25000"}))
    order.told(row(1))
    changed = row(2, counts=False, total=total, currency=currency, unavailable=["status"])
    rejected, told = order.outputs(changed)
    assert (rejected.reason, rejected.record) == (reason, RECORD)
    assert (told.customer_id, told.cents, told.counted, told.version) == ("a", 0, False, 2)
    assert order.told(row(3)) == [("a", 1000, True, 3)]


def test_adjustments_cannot_add_up_to_more_than_an_order_is_worth():
    order = Order()
    order.told(row(1), refund(2, -(10**15)))
    [rejected, _] = order.outputs(refund(3, -(10**15), "0/2"))
    assert rejected.reason == reject.AMOUNT
    assert order.told(refund(4, 0, "0/2"), refund(5, 0))[-1] == ("a", 1000, True, 5)


def test_an_order_without_an_instant_does_not_count_even_if_its_status_was_not_sent():
    order = Order()
    order.told(row(1))
    facts = OrderFacts("a", None, False, 1000, 0, "EUR")
    [told] = order.outputs(OrderRowChange("7", 2, facts, frozenset(["status"]), RECORD))
    assert (told.placed_at_us, told.cents, told.counted) == (None, 0, False)
