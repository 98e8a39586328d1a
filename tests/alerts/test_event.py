import json

import pytest

from alerts.event import TYPES, NotAnAlertError, from_message, to_json
from tests.alerts import samples

EVERY_TYPE = {
    "raised": samples.raised(),
    "escalated": samples.escalated(),
    "resolved": samples.resolved(),
    "revised": samples.revised(),
    "suppressed": samples.suppressed(),
    "withdrawn": samples.withdrawn(),
}


def read(sample):
    return from_message(sample.headers, sample.value)


def with_header(sample, name, value):
    return [(other, value if other == name else kept) for other, kept in sample.headers]


def test_the_samples_have_every_type():
    assert set(EVERY_TYPE) == set(TYPES)


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_is_read(type_):
    event = read(EVERY_TYPE[type_])
    assert event.type == type_
    assert event.body.alert_id == "4711/90210"


def test_an_erasure_says_no_instant():
    assert read(samples.withdrawn(reason="erasure")).happened_at is None


def test_json_is_the_value_with_the_type_first():
    sample = samples.resolved()
    line = to_json(read(sample)).decode()
    assert "\n" not in line
    assert list(json.loads(line).items()) == [("type", "resolved"), *json.loads(sample.value).items()]


def test_what_a_later_version_adds_does_no_harm_and_stays_in_json():
    event = read(samples.raised(channel="mail"))
    assert json.loads(to_json(event))["channel"] == "mail"


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        (None, samples.raised().value),
        (with_header(samples.raised(), "ce_type", None), samples.raised().value),
        (with_header(samples.raised(), "ce_type", b"retentioncast.model.version"), samples.raised().value),
        (with_header(samples.raised(), "ce_time", b"yesterday"), samples.raised().value),
        (with_header(samples.raised(), "ce_time", b"2026-05-03T09:12:44"), samples.raised().value),
        (with_header(samples.raised(), "ce_time", b"\xff"), samples.raised().value),
        (samples.raised().headers, samples.withdrawn().value),
        (samples.withdrawn().headers, samples.raised().value),
        (samples.raised().headers, samples.raised(raised_at="2026-05-03T09:12:44").value),
        (samples.raised().headers, b"\xff"),
        (samples.raised().headers, b'{"later":' + b"[" * 100_000),
        (samples.raised().headers, b"{}"),
    ],
)
def test_what_the_contract_does_not_know_is_no_alert(headers, value):
    with pytest.raises(NotAnAlertError):
        from_message(headers, value)
