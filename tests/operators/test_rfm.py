from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from operators import rfm
from operators.chunk import Record
from operators.merge import WAY
from operators.order import OrderChange
from operators.rfm import Applied, Customer

NOTHING = Record("orders:0", 0, None, None)
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
    counted = sorted((c.placed_at_us, c.order_id) for c in newest.values() if c.counted)
    summary = rfm.summary(remember(log))
    if not counted:
        assert summary is None
    else:
        assert summary == rfm.Rfm(
            counted[0][0], counted[-1][0], len(counted), sum(c.cents for c in newest.values()), counted[-1][1]
        )


@given(logs)
def test_the_last_prefix_is_the_summary_but_for_refunds_since(log):
    customer = remember(log)
    summary = rfm.summary(customer)
    if summary is None:
        assert list(rfm.prefixes(customer)) == []
    else:
        latest = (summary.latest_us, summary.latest_order_id)
        since = [o.cents for id_, o in customer.orders.items() if (o.placed_at_us, id_) > latest]
        assert replace(summary, cents=summary.cents - sum(since)) == list(rfm.prefixes(customer))[-1]


def test_a_refund_among_the_orders_lowers_the_value_and_nothing_else():
    customer = remember([change(1, 1, 5, 1000), change(2, 2, 9, -300, counted=False)])
    assert rfm.summary(customer) == rfm.Rfm(5, 5, 1, 700, "1")


def test_refunds_alone_make_no_customer():
    assert rfm.summary(remember([change(1, 1, 5, -1000, counted=False)])) is None


def test_a_cart_is_nothing_until_it_is_an_order():
    customer = Customer({})
    cart = OrderChange("c", "1", 1, None, 0, False, NOTHING)
    assert rfm.apply(customer, cart) is Applied.NOTHING
    rfm.apply(customer, change(1, 2, 7))
    assert rfm.apply(customer, replace(cart, version=3)) is Applied.NEWER
    assert rfm.summary(customer) is None


def test_an_order_that_is_forgotten_leaves_no_version():
    customer = remember([change(1, 1), change(2, 2)])
    rfm.apply(customer, OrderChange("c", "1", 9, None, 0, False, NOTHING, is_forgotten=True))
    assert list(customer.orders) == ["2"]


def great_buyer(count):
    return remember([change(i, i + 1, i * DAY_US) for i in range(count)])


def test_a_great_buyers_settled_orders_fold_without_changing_the_sums():
    customer = great_buyer(1000)
    before = rfm.summary(customer)
    rfm.fold(customer, 1000 * DAY_US)
    assert len(customer.orders) == 400
    assert rfm.summary(customer) == before


def test_a_small_buyers_worthless_orders_are_let_go_and_fold_nothing():
    log = [change(i, 1, 0, 0, counted=False) for i in range(100)] + [change(500, 1, 0)]
    customer = remember(log)
    rfm.fold(customer, 1000 * DAY_US)
    assert (list(customer.orders), customer.folded) == (["500"], None)


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


def test_refunds_older_than_every_purchase_are_not_lost_by_folding():
    log = [change("credit", 1, 0, -500, counted=False)]
    log += [change(f"recent {i}", 2 + i, (700 + i) * DAY_US) for i in range(rfm.RECENT_ORDERS_MAX + 1)]
    customer = remember(log)
    before = rfm.summary(customer)
    rfm.fold(customer, 1000 * DAY_US)
    assert rfm.summary(customer) == before


def test_an_order_that_has_been_folded_cannot_be_forgotten_in_silence():
    customer = remember([change(i, i + 1, i * DAY_US) for i in range(rfm.RECENT_ORDERS_MAX + 6)])
    rfm.fold(customer, 1000 * DAY_US)
    forgotten = replace(change(3, 500, 3 * DAY_US, 0, counted=False), is_forgotten=True)
    assert rfm.apply(customer, forgotten) is Applied.FOLDED


def test_the_sums_do_not_name_the_customer_whom_an_order_came_from():
    log = [change(f"{i}{WAY}1guest", i + 1, i * DAY_US) for i in range(rfm.RECENT_ORDERS_MAX + 1)]
    customer = remember(log)
    rfm.fold(customer, 1000 * DAY_US)
    assert customer.folded.latest_order_id == str(rfm.RECENT_ORDERS_MAX)
