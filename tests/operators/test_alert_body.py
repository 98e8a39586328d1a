import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from operators.alert_body import (
    KEY_BYTES_MAX,
    AlertBody,
    WithdrawnBody,
    amount,
    digest,
    from_json,
    id_of,
    to_json,
)
from operators.instant import EPOCH, to_datetime
from operators.money import to_cents

OPEN = AlertBody(
    alert_id="4711/90210",
    customer_id="4711",
    status="open",
    suppressed_by=None,
    level="AT_RISK",
    raised_at=datetime(2026, 5, 3, 9, 12, 44, 18211, UTC),
    escalated_at=None,
    resolved_at=None,
    resolved_after_seconds=None,
    resolved_by_order_id=None,
    resolved_by_order_value=None,
    first_purchase=datetime(2025, 11, 2, 10, tzinfo=UTC),
    latest_purchase=datetime(2026, 3, 12, 18, 30, 11, tzinfo=UTC),
    latest_order_id="90210",
    order_count=5,
    order_value="231.40",
    currency="EUR",
    value_at_risk="57.31",
    campaign="winback",
    arm="treatment",
    model_version="mbg-nbd:0.6371,51.17,0.8075,1.2284",
    told_at=datetime(2026, 5, 3, 9, 12, 45, tzinfo=UTC),
)
RESOLVED = replace(
    OPEN,
    status="resolved",
    level="LAPSED",
    escalated_at=datetime(2026, 6, 10, 18, 30, 11, tzinfo=UTC),
    resolved_at=datetime(2026, 6, 12, 9, 12, 44, 518211, UTC),
    resolved_after_seconds=3456000.5,
    resolved_by_order_id="90377",
    resolved_by_order_value="19.90",
)
WITHDRAWN = WithdrawnBody(
    alert_id="4711/90210", customer_id="4711", reason="order-gone", told_at=datetime(2026, 5, 4, tzinfo=UTC)
)

ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
instants = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999).map(to_datetime)  # years 1 to 9999
cents = st.integers(-(10**20) + 1, 10**20 - 1)
worths = st.integers(0, 10**20 - 1).map(amount)
open_bodies = st.builds(
    AlertBody,
    alert_id=st.just(""),
    customer_id=ids,
    status=st.just("open"),
    suppressed_by=st.sampled_from([None, "cooldown", "budget"]),
    level=st.just("LAPSED"),
    escalated_at=st.none() | instants,
    **dict.fromkeys(("resolved_at", "resolved_after_seconds", "resolved_by_order_id"), st.none()),
    resolved_by_order_value=st.none(),
    **dict.fromkeys(("raised_at", "first_purchase", "latest_purchase", "told_at"), instants),
    latest_order_id=ids,
    order_count=st.integers(1, 2**31 - 1),
    order_value=cents.map(amount),
    currency=st.from_regex("[A-Z]{3}", fullmatch=True),
    value_at_risk=worths,
    campaign=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=50),
    arm=st.sampled_from(["treatment", "control"]),
    model_version=st.from_regex(r"[!-~]{1,50}", fullmatch=True),
)
resolved_bodies = st.builds(
    lambda body, *resolution: replace(
        body,
        status="resolved",
        **dict(
            zip(
                [name for name in AlertBody.__struct_fields__ if "resolved_" in name], resolution, strict=True
            )
        ),
    ),
    open_bodies,
    instants,
    st.floats(0, allow_infinity=False),
    ids,
    cents.map(amount),
)
alerts = (open_bodies | resolved_bodies).map(
    lambda body: replace(body, alert_id=id_of(body.customer_id, body.latest_order_id))
)
withdrawals = st.builds(
    lambda customer_id, order_id, reason, told_at: WithdrawnBody(
        alert_id=id_of(customer_id, order_id), customer_id=customer_id, reason=reason, told_at=told_at
    ),
    ids,
    ids,
    st.sampled_from(["order-gone", "earlier-order", "history-changed", "erasure"]),
    st.none() | instants,
)
bodies = alerts | withdrawals


def value_of(changes, body=OPEN):
    return json.dumps(json.loads(to_json(body)) | changes).encode()


@settings(deadline=None)
@given(bodies)
def test_what_is_written_is_read(body):
    assert from_json(to_json(body)) == body


def test_an_alert_is_json_in_the_order_of_its_fields():
    assert to_json(RESOLVED) == (
        b'{"alert_id":"4711/90210","customer_id":"4711","status":"resolved","suppressed_by":null,'
        b'"level":"LAPSED","raised_at":"2026-05-03T09:12:44.018211Z","escalated_at":"2026-06-10T18:30:11Z",'
        b'"resolved_at":"2026-06-12T09:12:44.518211Z","resolved_after_seconds":3456000.5,'
        b'"resolved_by_order_id":"90377","resolved_by_order_value":"19.90",'
        b'"first_purchase":"2025-11-02T10:00:00Z","latest_purchase":"2026-03-12T18:30:11Z",'
        b'"latest_order_id":"90210","order_count":5,"order_value":"231.40","currency":"EUR",'
        b'"value_at_risk":"57.31","campaign":"winback","arm":"treatment",'
        b'"model_version":"mbg-nbd:0.6371,51.17,0.8075,1.2284","told_at":"2026-05-03T09:12:45Z"}'
    )


def test_a_withdrawal_is_json_in_the_order_of_its_fields():
    assert to_json(WITHDRAWN) == (
        b'{"alert_id":"4711/90210","customer_id":"4711","status":"withdrawn","reason":"order-gone",'
        b'"told_at":"2026-05-04T00:00:00Z"}'
    )
    assert to_json(replace(WITHDRAWN, told_at=None)).endswith(b',"told_at":null}')


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-100, "-1.00"), (23140, "231.40")]
)
def test_an_amount_has_two_digits(number, text):
    assert amount(number) == text


@given(st.integers(-(10**15), 10**15))
def test_an_amount_is_what_it_was(number):
    assert to_cents(amount(number)) == number


@settings(deadline=None)
@given(bodies, instants)
def test_the_digest_does_not_know_when_an_alert_was_told(body, told_at):
    assert digest(body) == digest(replace(body, told_at=told_at))
    assert len(digest(body)) == 8


@settings(deadline=None)
@given(bodies, bodies)
def test_other_alerts_have_other_digests(one, other):
    same = replace(one, told_at=EPOCH) == replace(other, told_at=EPOCH)
    assert (digest(one) == digest(other)) == same


@pytest.mark.parametrize("name", [name for name in AlertBody.__struct_fields__ if name != "told_at"])
def test_every_field_but_the_telling_is_in_the_digest(name):
    other = "b" if isinstance(getattr(OPEN, name), str) else "2"
    assert digest(replace(OPEN, **{name: other})) != digest(OPEN)


@settings(deadline=None)
@given(bodies)
def test_the_digest_of_what_was_read_is_the_same(body):
    assert digest(from_json(to_json(body))) == digest(body)


def test_fields_of_the_future_are_passed_over():
    assert from_json(value_of({"of_the_future": [1]})) == OPEN
    assert from_json(value_of({"of_the_future": {}}, WITHDRAWN)) == WITHDRAWN


WRONG = {
    "another status": (OPEN, {"status": "closed"}, r"\$\.status"),
    "no status": (OPEN, {"status": None}, r"\$\.status"),
    "an unknown suppression": (OPEN, {"suppressed_by": "holiday"}, r"\$\.suppressed_by"),
    "an unknown level": (OPEN, {"level": "OVERDUE"}, r"\$\.level"),
    "an unknown arm": (OPEN, {"arm": "both"}, r"\$\.arm"),
    "an unknown reason": (WITHDRAWN, {"reason": "mood"}, r"\$\.reason"),
    "an instant without zone": (OPEN, {"raised_at": "2026-05-03T09:12:44"}, r"timezone.*\$\.raised_at"),
    "an instant of another zone": (OPEN, {"told_at": "2026-05-03T09:12:44+01:00"}, "told_at is not in UTC"),
    "a withdrawal in another zone": (WITHDRAWN, {"told_at": "2026-05-03T09:12:44-01:00"}, "not in UTC"),
    "an instant that is a number": (OPEN, {"told_at": 5}, r"\$\.told_at"),
    "an instant that is missing": (OPEN, {"latest_purchase": None}, r"\$\.latest_purchase"),
    "an amount that is a number": (OPEN, {"order_value": 231.4}, r"\$\.order_value"),
    "an amount with one digit": (OPEN, {"order_value": "231.4"}, r"\$\.order_value"),
    "an amount with three digits": (OPEN, {"value_at_risk": "1.234"}, r"\$\.value_at_risk"),
    "an amount with a line's end": (OPEN, {"order_value": "231.40\n"}, r"\$\.order_value"),
    "an amount of other digits": (OPEN, {"order_value": "٢٣١.٤٠"}, r"\$\.order_value"),
    "an amount beyond the table's": (OPEN, {"order_value": "1" * 19 + ".00"}, r"\$\.order_value"),
    "a risk below nothing": (OPEN, {"value_at_risk": "-0.01"}, r"\$\.value_at_risk"),
    "no order": (OPEN, {"order_count": 0}, r"\$\.order_count"),
    "half an order": (OPEN, {"order_count": 1.5}, r"\$\.order_count"),
    "more orders than the table can count": (OPEN, {"order_count": 2**31}, r"\$\.order_count"),
    "a currency without a name": (OPEN, {"currency": "€"}, r"\$\.currency"),
    "an id that text cannot hold": (OPEN, {"customer_id": "4711\0"}, r"\$\.customer_id"),
    "an id that is a number": (OPEN, {"latest_order_id": 90210}, r"\$\.latest_order_id"),
    "an id longer than any": (OPEN, {"latest_order_id": "9" * (KEY_BYTES_MAX + 1)}, r"\$\.latest_order_id"),
    "a campaign without a name": (OPEN, {"campaign": ""}, r"\$\.campaign"),
    "a campaign that text cannot hold": (OPEN, {"campaign": "win\0back"}, r"\$\.campaign"),
    "a version without a name": (OPEN, {"model_version": ""}, r"\$\.model_version"),
    "another customer's id": (OPEN, {"customer_id": "4712"}, "alert_id must be"),
    "another order's id": (OPEN, {"latest_order_id": "90211"}, "alert_id must be"),
    "another customer's withdrawal": (WITHDRAWN, {"customer_id": "471"}, "alert_id must begin"),
    "escalated to nothing": (RESOLVED, {"level": "AT_RISK"}, "escalated is LAPSED"),
    "open, and resolved": (RESOLVED, {"status": "open"}, "all of resolved_"),
    "resolved by nothing": (OPEN, {"status": "resolved"}, "all of resolved_"),
    "resolved at an unknown instant": (RESOLVED, {"resolved_at": None}, "all of resolved_"),
    "resolved by an unknown order": (RESOLVED, {"resolved_by_order_id": None}, "all of resolved_"),
    "resolved before it was raised": (RESOLVED, {"resolved_after_seconds": -1}, r"\$\.resolved_after"),
}


@pytest.mark.parametrize(("body", "changes", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_no_alert_is_refused_with_the_reason(body, changes, reason):
    with pytest.raises(ValueError, match="neither an alert nor its withdrawal: .*" + reason):
        from_json(value_of(changes, body))


@pytest.mark.parametrize("body", [OPEN, WITHDRAWN], ids=["alert", "withdrawal"])
def test_every_field_is_required(body):
    for name in body.__struct_fields__:
        known = json.loads(to_json(body))
        del known[name]
        with pytest.raises(ValueError, match=re.escape(f"missing required field `{name}`")):
            from_json(json.dumps(known).encode())


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"4711", b"\xff", b'{"status":"open"}', b"{} {}"])
def test_other_values_are_refused(value):
    with pytest.raises(ValueError, match="neither an alert nor its withdrawal"):
        from_json(value)


def test_the_longest_ids_of_a_shop_are_held():
    longest = "9" * KEY_BYTES_MAX
    body = replace(OPEN, alert_id=f"{longest}/{longest}", customer_id=longest, latest_order_id=longest)
    assert from_json(to_json(body)) == body


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from([*AlertBody.__struct_fields__, "reason"])


def refused_or_read(value):
    try:
        body = from_json(value)
    except ValueError:
        return
    assert from_json(to_json(body)) == body


@settings(deadline=None)
@given(
    st.sampled_from([OPEN, RESOLVED, WITHDRAWN]), st.dictionaries(fields, anything, min_size=1, max_size=3)
)
def test_broken_fields_are_refused_or_read(body, changes):
    refused_or_read(value_of(changes, body))


@settings(deadline=None)
@given(st.data())
def test_broken_bytes_are_refused_or_read(data):
    value = bytearray(to_json(data.draw(st.sampled_from([OPEN, RESOLVED, WITHDRAWN]))))
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    refused_or_read(bytes(value[: data.draw(st.integers(0, len(value)))]))


@pytest.mark.parametrize("start", [b"[", b'{"a":', b'{"status":', b'{"status":"open","told_at":'])
def test_brackets_without_end_are_refused(start):
    with pytest.raises(ValueError, match="neither an alert"):
        from_json(start + b'{"a":' * 100_000)
