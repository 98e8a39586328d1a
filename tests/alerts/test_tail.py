import re
from datetime import UTC, datetime

import pytest

from alerts import tail, topic
from alerts.__main__ import main
from alerts.event import from_message
from tests.alerts import samples


@pytest.fixture
def environment(monkeypatch):
    monkeypatch.setenv("RETENTIONCAST_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    return monkeypatch


@pytest.fixture
def told(environment):
    """What the topic holds; `calls` are the arguments it was read with."""

    class Told:
        messages = (
            samples.raised(customer_id="1"),
            samples.suppressed(),
            samples.resolved(customer_id="2"),
            samples.resolved(customer_id="3"),
        )
        calls = ()

        def events(self, config, name, *, from_beginning):
            self.calls = (config, name, from_beginning)
            return (from_message(sample.headers, sample.value) for sample in self.messages)

    told = Told()
    environment.setattr(topic, "events", told.events)
    return told


def test_each_event_is_a_line_in_words(told, capsys):
    assert main(["tail"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.search(r"customer (\w+)", line)[1] for line in lines] == ["1", "2", "3"]
    assert told.calls == ({"bootstrap.servers": "127.0.0.1:1"}, "retentioncast.alerts", False)


@pytest.mark.usefixtures("told")
def test_what_is_not_shown_is_said_once_beside_the_alerts(capsys):
    main(["tail"])
    assert capsys.readouterr().err == "alerts: suppressed ones are not shown; --type suppressed shows them\n"


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("type_", ["suppressed", "resolved"])
def test_who_names_a_type_is_told_of_no_other(type_, capsys):
    main(["tail", "--type", type_])
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("told")
def test_n_ends_after_so_many_that_are_wanted(capsys):
    assert main(["tail", "-n", "1", "--type", "resolved", "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith('{"type":"resolved","alert_id":"2/90210"')


@pytest.mark.parametrize(
    ("arguments", "from_beginning"),
    [([], False), (["--from-beginning"], True), (["--since", "2026-05-03"], True)],
)
def test_where_reading_begins(told, arguments, from_beginning):
    main(["tail", *arguments])
    assert told.calls[2] is from_beginning


def test_topic_and_librdkafkas_properties_come_from_the_environment(told, environment, tmp_path):
    properties = tmp_path / "kafka.properties"
    properties.write_text("# TLS\nsecurity.protocol = SSL\nsasl.password=a=b\n\n")
    environment.setenv("RETENTIONCAST_KAFKA_CONFIG_FILE", str(properties))
    environment.setenv("RETENTIONCAST_ALERTS_TOPIC", "elsewhere")
    main(["tail"])
    config = {"bootstrap.servers": "127.0.0.1:1", "security.protocol": "SSL", "sasl.password": "a=b"}
    assert told.calls == (config, "elsewhere", False)


def test_a_missing_address_is_named(monkeypatch):
    monkeypatch.delenv("RETENTIONCAST_KAFKA_BOOTSTRAP", raising=False)
    with pytest.raises(SystemExit, match="RETENTIONCAST_KAFKA_BOOTSTRAP"):
        main(["tail"])


@pytest.mark.usefixtures("environment")
def test_how_long_is_waited_for_a_broker_is_said(monkeypatch, capsys):
    monkeypatch.setattr("connectors.backoff.attempts", lambda _seconds: [])
    main(["tail"])
    assert "waiting up to 30 s for retentioncast.alerts at 127.0.0.1:1\n" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_a_broker_that_does_not_answer_is_an_error_that_says_what_to_do(monkeypatch, caplog):
    monkeypatch.setattr("connectors.kafka_topic.START_SECONDS", 0.1)
    assert main(["tail"]) == 1
    assert "no Kafka broker answers at 127.0.0.1:1" in caplog.text
    assert "is the address right?" in caplog.text


def test_a_ctrl_c_within_a_callback_is_one():
    """Its exception is lost in confluent-kafka, which then raises SystemError instead."""

    class Interrupted:
        def poll(self, _seconds):
            raise SystemError

    with pytest.raises(KeyboardInterrupt):
        topic._polled(Interrupted())


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-05-03", datetime(2026, 5, 3, tzinfo=UTC)),
        ("2026-05-03 09:12", datetime(2026, 5, 3, 9, 12, tzinfo=UTC)),
        ("2026-05-03T11:12:00+02:00", datetime(2026, 5, 3, 9, 12, tzinfo=UTC)),
    ],
)
def test_an_instant_is_utc_unless_it_says_otherwise(text, instant):
    assert tail.instant(text) == instant


@pytest.mark.parametrize(
    "arguments", [["--since", "yesterday"], ["-n", "0"], ["-n", "-1"], ["--type", "new"]]
)
@pytest.mark.usefixtures("environment")
def test_a_wrong_argument_is_refused(arguments):
    with pytest.raises(SystemExit):
        main(["tail", *arguments])
