import logging

from confluent_kafka import KafkaError

from connectors import kafka_log


def test_the_same_error_is_logged_once_in_a_while(caplog, monkeypatch):
    now_s = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now_s)
    report = kafka_log.ErrorLog("orders:0")
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            report(KafkaError(KafkaError._TRANSPORT, "connection refused"))
            report(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
        now_s += kafka_log.REPEAT_SECONDS
        report(KafkaError(KafkaError._TRANSPORT, "still refused"))
    assert caplog.messages == [
        "orders:0: connection refused",
        "orders:0: 1/1 brokers are down",
        "orders:0: still refused",
    ]
