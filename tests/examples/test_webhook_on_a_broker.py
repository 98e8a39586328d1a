"""The forwarder as a process, beside the real broker."""

import json
import signal

import pytest

from tests.alerts import samples

pytestmark = pytest.mark.stack


@pytest.fixture
def forward(start, receiver, tmp_path, topic):
    def run(*arguments):
        letters, secret, properties = (tmp_path / name for name in ("letters.jsonl", "secret", "properties"))
        secret.write_text("not a secret\n")
        properties.write_text("session.timeout.ms=6000\n")  # so soon a killed one's partitions are free
        options = ["--group", f"{topic}-webhook", "--dead-letters", str(letters), "--attempts", "2"]
        return start(
            "examples/webhook.py",
            receiver.url,
            "--secret-file",
            str(secret),
            *options,
            *arguments,
            RETENTIONCAST_KAFKA_CONFIG_FILE=str(properties),
        )

    return run


def keys(receiver):
    return [request.headers["Idempotency-Key"] for request in receiver.requests]


def numbered(numbers):
    return [samples.raised(customer_id=str(number)) for number in numbers]


def end(process):
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_what_is_asked_for_is_forwarded_and_a_restart_sends_nothing_twice(
    forward, receiver, put, topic, wait_for
):
    put(topic, samples.raised(), samples.raised(customer_id="5", arm="control"), samples.tombstone("6"))
    put(topic, samples.suppressed(customer_id="7"), samples.resolved())
    process = forward("--type", "raised", "--type", "resolved")
    wait_for(lambda: len(receiver.requests) == 2, 60)
    assert [key.split("/")[0::2] for key in keys(receiver)] == [["4711", "raised"], ["4711", "resolved"]]
    end(process)

    put(topic, samples.raised(customer_id="8"))
    process = forward()
    wait_for(lambda: len(receiver.requests) == 3, 60)
    assert keys(receiver)[2].startswith("8/")
    end(process)


def test_a_receiver_that_is_down_ends_it_and_nothing_is_lost(forward, receiver, put, topic, wait_for):
    receiver.answers[:] = [204, 503, 503]
    put(topic, *numbered(range(5)))
    process = forward()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "start again when the receiver is up: 503" in err
    delivered, failed = keys(receiver)[0], set(keys(receiver)[1:])
    assert len(failed) == 1, "the same one in both attempts"

    receiver.requests.clear()
    process = forward()
    wait_for(lambda: len(receiver.requests) == 4, 60)
    assert failed < set(keys(receiver))
    assert delivered not in keys(receiver)
    end(process)


def test_what_a_kill_leaves_undecided_comes_again_under_the_same_key(forward, receiver, put, topic, wait_for):
    put(topic, *numbered(range(50)))
    process = forward()
    wait_for(lambda: len(receiver.requests) >= 5, 60)
    process.kill()
    process.wait()
    process = forward()
    wait_for(lambda: len(set(keys(receiver))) == 50, 120)
    end(process)
    assert len(receiver.requests) <= 51, "at most the one it was killed at"


def test_it_ends_cleanly_while_no_broker_answers(start, receiver):
    for _ in range(3):
        command = ("examples/webhook.py", receiver.url, "--secret-file", __file__)
        process = start(*command, RETENTIONCAST_KAFKA_BOOTSTRAP="127.0.0.1:1")
        lines = [process.stderr.readline() for _ in range(2)]
        assert "brokers are down" in lines[1]
        end(process)


def test_a_refused_alert_and_a_broken_one_are_set_aside_and_the_next_goes_on(
    forward, receiver, put, topic, wait_for, tmp_path
):
    receiver.answers[:] = [422]
    broken = samples.Sample(b"4711", b"broken", [("ce_type", b"retentioncast.alert.raised")])
    put(topic, samples.raised(), broken, samples.escalated())
    process = forward()
    wait_for(lambda: len(receiver.requests) == 2, 60)
    assert keys(receiver)[1].split("/")[2] == "escalated"
    end(process)
    letters = [json.loads(line) for line in (tmp_path / "letters.jsonl").read_text().splitlines()]
    assert [letter["offset"] for letter in letters] == [0, 1]
    assert letters[0]["reason"].startswith("422")
