"""The command as a person runs it, beside the real broker."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.alerts import samples

pytestmark = pytest.mark.stack


@pytest.fixture
def topic(kafka):
    return kafka.make_topic(partitions=4)


@pytest.fixture
def tail(kafka, topic):
    """Start the command; it is read from where it says so."""
    processes = []

    def start(*arguments):
        settings = {
            "RETENTIONCAST_KAFKA_BOOTSTRAP": kafka.config["bootstrap.servers"],
            "RETENTIONCAST_ALERTS_TOPIC": topic,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "alerts", "tail", *arguments],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        for line in process.stderr:
            if "Ctrl-C ends" in line:
                break
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_what_comes_is_printed_and_ctrl_c_ends_it_cleanly(tail, topic, put):
    put(topic, samples.raised(customer_id="1"))
    process = tail()
    put(topic, samples.raised(customer_id="2"))
    assert "customer 2 is at risk" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_customers_alerts_come_in_order_and_a_count_ends_it(tail, topic, put):
    customers = [str(number) for number in range(20)]
    put(topic, *(samples.raised(customer_id=customer) for customer in customers))
    put(topic, *(samples.escalated(customer_id=customer) for customer in customers))
    out, _ = tail("--from-beginning", "--json", "-n", "40").communicate(timeout=60)
    told = [json.loads(line) for line in out.splitlines()]
    for customer in customers:
        assert [t["type"] for t in told if t["customer_id"] == customer] == ["raised", "escalated"]


def test_only_what_is_committed_is_printed(tail, topic, kafka):
    producer = kafka.producer(f"{topic}-writer")
    for customer, end in (("1", producer.abort_transaction), ("2", producer.commit_transaction)):
        sample = samples.raised(customer_id=customer)
        producer.begin_transaction()
        producer.produce(topic, sample.value, sample.key, headers=sample.headers)
        producer.flush()
        end()
    out, _ = tail("--from-beginning", "-n", "1").communicate(timeout=60)
    assert "customer 2 " in out


def test_a_message_that_is_no_alert_is_told_and_passed_over(tail, topic, put):
    put(topic, samples.Sample(b"4711", b"strange", []), samples.tombstone(), samples.raised())
    out, err = tail("--from-beginning", "-n", "1").communicate(timeout=60)
    assert "customer 4711 is at risk" in out
    assert err.count("\n") == 1, "a tombstone is nothing strange"
    assert "offset 0: no alert, its ce_type is None" in err


def test_nothing_is_said_when_nobody_reads_on(tail, topic, put):
    process = tail()
    process.stdout.close()
    put(topic, samples.raised())
    process.wait(timeout=60)
    assert (process.returncode, process.stderr.read()) == (0, "")


def test_no_trace_of_a_reader_is_left_on_the_broker(tail, topic, put, kafka):
    put(topic, samples.raised())
    tail("--from-beginning", "-n", "1").communicate(timeout=60)
    groups = kafka.admin.list_consumer_groups().result().valid
    assert not [group.group_id for group in groups if "alerts" in group.group_id]
