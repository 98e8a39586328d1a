import io

import pytest

from models.backtest.orders import DAY_US, read

HEADER = "customer_id,placed_at"


def days(*lines):
    orders = read(io.StringIO("\n".join(lines), newline=""))
    return list(zip(orders.customer.tolist(), (orders.placed_at_us / DAY_US).tolist(), strict=True))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1970-01-03", 2.0),
        ("1970-01-03T12:00", 2.5),
        ("1970-01-03 12:00:00.0", 2.5),
        ("1970-01-03T12:00:00Z", 2.5),
        ("1970-01-03 12:00:00+00", 2.5),
        ("1970-01-03 06:00:00-06", 2.5),
        ("1970-01-03 00:00:00.000001+00", 2.0 + 1 / DAY_US),
    ],
)
def test_instants_are_read_as_postgres_and_others_write_them(text, day):
    assert days(HEADER, f"1,{text}") == [(0, day)]


def test_orders_are_sorted_by_customer_and_time_and_other_columns_ignored():
    lines = ("placed_at,total,customer_id", "1970-01-03,1,b", "", '1970-01-09,"2,5",a', "1970-01-02,3,b")
    assert days(*lines) == [(0, 1.0), (0, 2.0), (1, 8.0)]


def test_orders_of_nobody_are_left_out_and_counted():
    orders = read([HEADER, "1,1970-01-03", ",1970-01-03"])
    assert (orders.customer.size, orders.guest_orders) == (1, 1)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "no column customer_id and no column placed_at"),
        (["customer_id;placed_at"], "the first line is b'customer_id;placed_at'"),
        (["customer_id,day"], "no column placed_at: the first line is b'customer_id,day'"),
        ([HEADER], "there is no order"),
        ([HEADER, "1,1970-01-01", "2,01.02.1970"], r"line 3: placed_at b'01\.02\.1970' is no ISO 8601"),
        ([HEADER, "2,"], "line 2: placed_at b''"),
        ([HEADER, "2,\udcff"], r"line 2: placed_at b'\\xff'"),
        ([HEADER, "2"], "line 2: only 1 of 2 columns"),
        ([HEADER, '"a\nb",1970-01-01', "2"], "line 4: only 1 of 2"),
        ([HEADER, f"{'1' * 200_000},1970-01-01"], "line 2: field larger than"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(lines, complaint):
    with pytest.raises(ValueError, match=complaint):
        read(io.StringIO("\n".join(lines), newline=""))
