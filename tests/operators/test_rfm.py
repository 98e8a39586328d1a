from hypothesis import given
from hypothesis import strategies as st

from operators import rfm
from operators.chunk import Record
from operators.order import OrderChange
from operators.rfm import Applied, Customer

NOTHING = Record(0, None, None)
DAY_US = 86_400_000_000


def change(order_id, version, placed_at_us=0, cents=100, counted=True):
    return OrderChange("c", str(order_id), version, placed_at_us, cents, counted, NOTHING)


changes = st.builds(
    change,
    st.integers(1, 5),
    st.integers(1, 50),
    st.integers(0, 10),
    st.integers(-500, 500),
    st.booleans(),
)
# one row has one change per version
logs = st.lists(changes, max_size=30, unique_by=lambda c: (c.order_id, c.version))


def remember(log):
    customer = Customer({})
    for one in log:
        rfm.apply(customer, one)
    return customer


@given(logs, st.randoms())
def test_any_order_of_delivery_with_any_duplicates_gives_the_same_memory(log, random):
    shuffled = log + random.choices(log, k=5) if log else []
    random.shuffle(shuffled)
    straight, mixed = remember(log), remember(shuffled)
    assert (mixed.orders, mixed.version) == (straight.orders, straight.version)
    assert rfm.summary(mixed) == rfm.summary(straight)


@given(logs)
def test_the_sums_are_those_of_the_newest_change_of_each_order(log):
    newest = {}
    for one in sorted(log, key=lambda c: c.version):
        newest[one.order_id] = one
    counted = sorted((c.placed_at_us, c.order_id, c.cents) for c in newest.values() if c.counted)
    summary = rfm.summary(remember(log))
    if not counted:
        assert summary is None
    else:
        assert summary == rfm.Rfm(
            counted[0][0], counted[-1][0], len(counted), sum(c[2] for c in counted), counted[-1][1]
        )


@given(logs)
def test_the_last_prefix_is_the_summary(log):
    customer = remember(log)
    assert [*rfm.prefixes(customer), None][-2 if customer.orders and rfm.summary(customer) else -1] == (
        rfm.summary(customer)
    )


def great_buyer(count):
    return remember([change(i, i + 1, i * DAY_US) for i in range(count)])


def test_a_great_buyers_settled_orders_fold_without_changing_the_sums():
    customer = great_buyer(1000)
    before = rfm.summary(customer)
    rfm.fold(customer, 1000 * DAY_US)
    assert len(customer.orders) == 400
    assert rfm.summary(customer) == before


def test_folding_twice_equals_folding_once():
    once, twice = great_buyer(1000), great_buyer(1000)
    rfm.fold(once, 1000 * DAY_US)
    rfm.fold(twice, 700 * DAY_US)
    rfm.fold(twice, 1000 * DAY_US)
    assert once == twice


def test_a_small_buyers_orders_stay_editable_for_ever():
    customer = great_buyer(rfm.RECENT_ORDERS_MAX)
    rfm.fold(customer, 100_000 * DAY_US)
    assert rfm.apply(customer, change(0, 99, 0, counted=False)) is Applied.NEWER


def test_a_change_of_a_folded_order_is_told_not_swallowed():
    customer = great_buyer(1000)
    rfm.fold(customer, 1000 * DAY_US)
    before = rfm.summary(customer)
    assert rfm.apply(customer, change(5, 9999, 5 * DAY_US, counted=False)) is Applied.FOLDED
    assert rfm.summary(customer) == before


def test_a_folded_order_cannot_be_counted_again_by_moving_it_in_time():
    customer = great_buyer(1000)
    rfm.fold(customer, 1000 * DAY_US)
    before = rfm.summary(customer)
    moved = OrderChange("c", "5", 9999, 999 * DAY_US, 100, True, NOTHING, 5 * DAY_US)
    assert rfm.apply(customer, moved) is Applied.FOLDED
    assert rfm.summary(customer) == before


def test_a_remembered_order_may_move_behind_the_folded_ones():
    customer = great_buyer(1000)
    rfm.fold(customer, 1000 * DAY_US)
    moved = OrderChange("c", "999", 9999, 3 * DAY_US, 100, True, NOTHING, 999 * DAY_US)
    assert rfm.apply(customer, moved) is Applied.NEWER
    assert rfm.summary(customer).order_count == 1000


def test_an_older_change_is_stale():
    customer = remember([change(1, 9, cents=900)])
    assert rfm.apply(customer, change(1, 8, cents=100)) is Applied.STALE
    assert rfm.summary(customer).cents == 900
