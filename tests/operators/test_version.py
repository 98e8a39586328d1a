import json
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators import version
from operators.instant import DAY_US
from operators.version import Bin, Holdout, Previous, Request, Version

VERSION = Version(
    version="mbg-nbd@2026-03-01T00:00:00Z",
    r=0.6371,
    alpha_days=51.17,
    a=0.8075,
    b=1.2284,
    effective_from_us=20_514 * DAY_US + 1,
    fitted_at_us=20_513 * DAY_US,
    adopted=True,
    reason="",
    customers=2357,
    repeat_customers=946,
    log_likelihood=-9582.1327,
    standard_errors={"r": 0.05, "alpha_days": 3.2, "a": 0.1, "b": 0.2},
    holdout=Holdout(90, 2000, 301.5, 310, 0.16, 0.76, [Bin(200, 10.5, 11)] * 10),
    previous=Previous("mbg-nbd:0.6,51,0.8,1.2", 0.17, 0.75),
)
NO_FIT = msgspec.structs.replace(
    VERSION,
    r=None,
    alpha_days=None,
    a=None,
    b=None,
    adopted=False,
    reason="there are no customers to fit",
    log_likelihood=None,
    standard_errors=None,
    holdout=None,
    previous=None,
)

positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
finite = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**63 - 1)
shares = st.floats(0, 1)
names = st.from_regex(r"[!-~]{1,50}", fullmatch=True)
instants = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)  # the years 1 to 9999
versions = st.builds(
    Version,
    version=names,
    family=st.just("MBG/NBD"),
    **dict.fromkeys(("r", "alpha_days", "a", "b"), positive),
    **dict.fromkeys(("effective_from_us", "fitted_at_us"), instants),
    reason=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50),
    customers=counts,
    repeat_customers=counts,
    log_likelihood=st.none() | finite,
    standard_errors=st.none() | st.dictionaries(st.sampled_from(["r", "alpha_days", "a", "b"]), finite),
    holdout=st.none()
    | st.builds(
        Holdout,
        st.integers(1, 2**31 - 1),
        counts,
        finite,
        counts,
        shares,
        shares,
        st.lists(st.builds(Bin, counts, finite, counts)),
    ),
    previous=st.none() | st.builds(Previous, names, st.none() | shares, st.none() | shares),
)


def value_of(changes, record=VERSION):
    return json.dumps(json.loads(version.to_message(record).value) | changes).encode()


@settings(deadline=None)
@given(versions | st.builds(Request, instants) | st.just(NO_FIT))
def test_what_is_written_is_read(record):
    assert version.from_json(version.to_message(record).value) == record


def test_a_version_is_a_cloud_event_keyed_by_its_name():
    message = version.to_message(VERSION)
    assert (message.id, message.key) == (VERSION.version, VERSION.version.encode())
    headers = dict(message.headers)
    assert headers["ce_type"] == b"retentioncast.model.version"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_time"] == b"2026-03-01T00:00:00Z"
    body = json.loads(message.value)
    assert (body["fitted_at"], body["effective_from"]) == (
        "2026-03-01T00:00:00Z",
        "2026-03-02T00:00:00.000001Z",
    )


def test_a_request_is_an_event_of_its_own():
    message = version.to_message(Request(20_513 * DAY_US))
    assert dict(message.headers)["ce_type"] == b"retentioncast.model.request"
    assert message.id == "census@2026-03-01T00:00:00Z"
    assert json.loads(message.value) == {"request": "census", "at": "2026-03-01T00:00:00Z"}


def test_the_model_of_a_version_is_its_parameters():
    assert VERSION.model.parameters == {"r": 0.6371, "alpha": 51.17, "a": 0.8075, "b": 1.2284}
    assert NO_FIT.model is None


def test_fields_of_the_future_are_passed_over():
    assert version.from_json(value_of({"of_the_future": [1]})) == VERSION
    request = {"request": "census", "at": "2026-03-01T01:00:00+01:00", "of_the_future": 1}
    assert version.from_json(json.dumps(request).encode()) == Request(20_513 * DAY_US)


WRONG = {
    "a parameter of zero": ({"a": 0}, "a must be finite and above 0; got 0.0"),
    "an infinite parameter": ({"alpha_days": math.inf}, "invalid character"),
    "a parameter that is missing": ({"b": None}, "must all be given"),
    "no parameters, and adopted": (dict.fromkeys(("r", "alpha_days", "a", "b")), "must all be given"),
    "a missing parameter, and not adopted": ({"b": None, "adopted": False}, "must all be given"),
    "another family": ({"family": "BG/NBD"}, r"\$\.family"),
    "an instant without zone": ({"effective_from": "2026-03-01T00:00:00"}, r"timezone.*\$\.effective_from"),
    "an instant before the year 1": ({"fitted_at": "0001-01-01T00:00:00+14:00"}, "out of range"),
    "a name that text cannot hold": ({"version": "m\0"}, r"\$\.version"),
    "a name that is empty": ({"version": ""}, r"\$\.version"),
    "a reason that text cannot hold": ({"reason": "\0"}, r"\$\.reason"),
    "fewer than no customers": ({"customers": -1}, r"\$\.customers"),
    "more than 64 bits": ({"repeat_customers": 2**63}, r"\$\.repeat_customers"),
    "a score beyond 1": ({"previous": {"version": "m", "brier": 1.1, "auc": None}}, r"\$\.previous\.brier"),
    "an unknown request": ({"request": "holiday"}, r"\$\.request"),
}


@pytest.mark.parametrize(("changes", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_no_version_is_refused_with_the_reason(changes, reason):
    with pytest.raises(ValueError, match="neither a version of the model nor a request.*: .*" + reason):
        version.from_json(value_of(changes))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from([*msgspec.json.decode(version.to_message(VERSION).value), "request", "at"])


def refused_or_read(value):
    try:
        record = version.from_json(value)
    except ValueError:
        return
    version.to_message(record)


@settings(deadline=None)
@given(st.dictionaries(fields, anything, min_size=1, max_size=3))
def test_broken_fields_are_refused_or_read(changes):
    refused_or_read(value_of(changes))


@settings(deadline=None)
@given(st.data())
def test_broken_bytes_are_refused_or_read(data):
    value = bytearray(version.to_message(VERSION).value)
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    refused_or_read(bytes(value[: data.draw(st.integers(0, len(value)))]))


@pytest.mark.parametrize("start", [b"[", b'{"a":', b'{"request":', b'{"holdout":'])
def test_brackets_without_end_are_refused(start):
    with pytest.raises(ValueError, match="neither a version"):
        version.from_json(start + b'{"a":' * 100_000)
