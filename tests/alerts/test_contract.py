"""docs/subscribe.md says what the samples and the reader take for granted, and what the flow does."""

import hashlib
import json
import re
import textwrap
from pathlib import Path

import pytest

from alerts.event import TYPES
from alerts.words import in_words
from operators.policy import Policy
from tests.alerts import samples
from tests.alerts.test_event import read
from tests.contract import SCHEMA, check_message

TEXT = Path("docs/subscribe.md").read_text()


@pytest.mark.parametrize("document", ["docs/subscribe.md", "README.md"])
def test_the_documented_alert_is_the_sample(document):
    text = Path(document).read_text()
    documented = json.loads(re.search(r"^    (\{\"alert_id\".*?\})$", text, re.MULTILINE | re.DOTALL)[1])
    assert list(documented.items()) == list(samples.ALERT.items())


def test_each_type_says_what_to_do():
    assert tuple(re.findall(r"^\| `([a-z]+)` \|.*\|.*\|$", TEXT, re.MULTILINE)) == TYPES


REASONS = re.findall(r"^\| `([a-z-]+)` \| …", TEXT, re.MULTILINE)


def test_the_reasons_are_those_of_the_contract():
    assert SCHEMA["$defs"]["withdrawal"]["properties"]["reason"]["enum"] == REASONS


@pytest.mark.parametrize("reason", REASONS)
def test_each_documented_reason_has_words(reason):
    assert reason not in in_words(read(samples.withdrawn(reason=reason))).replace("erased", "")


def test_the_documented_state_is_one():
    state = re.search(r"^ *(\{\"customer_id\".*?\})$", TEXT, re.MULTILINE | re.DOTALL)[1]
    check_message("state", [("content-type", b"application/json")], state)


@pytest.mark.parametrize("control_share", [0.1, 0.5])
def test_the_documented_control_arm_is_the_flows(control_share):
    lines = re.search(r"^    lot = .*\n    is_control = .*$", TEXT, re.MULTILINE)[0]
    for number in range(200):
        names = {"hashlib": hashlib, "campaign": "spring", "control_share": control_share}
        names["customer_id"] = f"c{number}"
        exec(textwrap.dedent(lines), names)  # noqa: S102 - our own document
        policy = Policy("EUR", campaign="spring", control_share=control_share)
        assert names["is_control"] == (policy.arm_of(f"c{number}") == "control")
