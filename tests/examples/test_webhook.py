import base64
import hashlib
import hmac
import json
from urllib.parse import urlsplit

import pytest
from confluent_kafka import KafkaError

from examples import webhook
from tests.alerts import samples

SECRET = b"not a secret"
ASKED = ["raised", "resolved", "withdrawn"]


class Message:
    """What a consumer returns."""

    def __init__(self, sample):
        self.sample = sample

    def headers(self):
        return self.sample.headers

    def key(self):
        return self.sample.key

    def value(self):
        return self.sample.value

    def topic(self):
        return "alerts"

    def partition(self):
        return 2

    def offset(self):
        return 7


@pytest.fixture
def deliver(receiver, monkeypatch):
    """Deliver a sample to the receiver, whose answers are given."""
    monkeypatch.setattr(webhook, "FIRST_DELAY_SECONDS", 0.001)

    def send(*answers, sample=None):
        receiver.answers[:] = answers
        message = Message(sample or samples.raised())
        hook = webhook.Webhook(urlsplit(receiver.url), SECRET, attempts=3)
        hook.deliver(message.value(), webhook.http_headers(message))

    return send


def test_the_body_is_the_value_and_the_signature_is_over_instant_and_body(deliver, receiver):
    deliver()
    [request] = receiver.requests
    assert request.path == "/alerts?shop=1"
    assert request.body == samples.raised().value
    seconds, digest = (part.split("=")[1] for part in request.headers["X-RetentionCast-Signature"].split(","))
    expected = hmac.new(SECRET, seconds.encode() + b"." + request.body, hashlib.sha256)
    assert digest == expected.hexdigest()


def test_the_attributes_are_headers_as_cloudevents_has_them_in_http(deliver, receiver):
    deliver(sample=samples.raised(customer_id="Zoë %1"))
    headers = receiver.requests[0].headers
    assert headers["ce-type"] == "retentioncast.alert.raised"
    assert headers["ce-subject"] == "Zo%C3%AB%20%251"
    assert headers["Idempotency-Key"] == "Zo%C3%AB%20%25251/90210/raised/2026-05-03T09:12:45Z"


@pytest.mark.parametrize("status", [408, 429, 500, 503, 301])
def test_what_may_pass_is_tried_again_with_the_same_key(deliver, receiver, status):
    deliver(status, status)
    assert len(receiver.requests) == 3
    assert len({request.headers["Idempotency-Key"] for request in receiver.requests}) == 1


def test_attempts_are_bounded(deliver, receiver):
    with pytest.raises(webhook.NotDeliveredError, match="503"):
        deliver(500, 500, 503)
    assert len(receiver.requests) == 3


def test_a_receiver_that_is_not_there_is_tried_again(deliver, receiver):
    receiver.server.server_close()
    with pytest.raises(webhook.NotDeliveredError, match="refused"):
        deliver()


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_is_final(deliver, receiver, status):
    with pytest.raises(webhook.RefusedError, match=str(status)):
        deliver(status)
    assert len(receiver.requests) == 1


def test_delays_double_up_to_a_bound_and_differ():
    longest = [0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    drawn = [list(webhook.delays(9)) for _ in range(20)]
    for delays in drawn:
        assert len(delays) == 9
        assert all(most / 2 <= delay <= most for delay, most in zip(delays, longest, strict=True))
    assert len({tuple(delays) for delays in drawn}) == 20


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [
        (samples.raised(), True),
        (samples.withdrawn(), True),
        (samples.withdrawn(arm="control"), False),
        (samples.raised(arm="control"), False),
        (samples.revised(), False),
        (samples.suppressed(), False),
        (samples.suppressed(**samples.RESOLUTION), False),
        (samples.tombstone(), False),
        (samples.Sample(b"4711", b"{}", []), False),
    ],
)
def test_the_receiver_gets_what_it_is_to_act_on(sample, wanted):
    assert webhook.is_wanted(Message(sample), ASKED) is wanted


def test_an_outage_is_told_and_not_every_attempt_to_connect(capsys):
    for code in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT):
        webhook.on_error(KafkaError(code, "1/1 brokers are down"))
    assert capsys.readouterr().err == "webhook: 1/1 brokers are down; going on when that has passed\n"


def test_suppressed_alerts_are_for_those_who_ask():
    assert webhook.is_wanted(Message(samples.suppressed()), ["suppressed"])


def test_what_is_set_aside_keeps_its_bytes(tmp_path):
    file = tmp_path / "dead-letters.jsonl"
    strange = samples.Sample(b"\xff", b"\xfe\n", [("ce_type", b"retentioncast.alert.raised")])
    for sample in (samples.raised(), strange):
        webhook.set_aside(file, Message(sample), "400 no")
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    assert base64.b64decode(first["value"]) == samples.raised().value
    assert base64.b64decode(second["key"]) + base64.b64decode(second["value"]) == b"\xff\xfe\n"
    assert (first["reason"], first["topic"], first["partition"], first["offset"]) == (
        "400 no",
        "alerts",
        2,
        7,
    )
    assert first["headers"]["ce_id"] == "4711/90210/raised/2026-05-03T09:12:45Z"


@pytest.mark.parametrize("missing", ["WEBHOOK_SECRET", "RETENTIONCAST_KAFKA_BOOTSTRAP"])
def test_it_does_not_start_without_what_it_needs(monkeypatch, capsys, missing):
    for name in ("WEBHOOK_SECRET", "RETENTIONCAST_KAFKA_BOOTSTRAP"):
        monkeypatch.setenv(name, "127.0.0.1:1")
    monkeypatch.delenv(missing)
    monkeypatch.setattr("sys.argv", ["webhook.py", "http://127.0.0.1:1/alerts"])
    with pytest.raises(SystemExit):
        webhook.main()
    assert missing in capsys.readouterr().err
