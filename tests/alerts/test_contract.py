"""docs/subscribe.md says what the samples and the reader take for granted."""

import json
import re
from pathlib import Path

import pytest

from alerts.event import TYPES
from alerts.words import in_words
from tests.alerts import samples
from tests.alerts.test_event import read

TEXT = Path("docs/subscribe.md").read_text()


def test_the_documented_alert_is_the_sample():
    documented = json.loads(re.search(r"^    (\{\"alert_id\".*?\})$", TEXT, re.MULTILINE | re.DOTALL)[1])
    assert list(documented.items()) == list(samples.ALERT.items())


def test_each_type_says_what_to_do():
    assert tuple(re.findall(r"^\| `([a-z]+)` \|.*\|.*\|$", TEXT, re.MULTILINE)) == TYPES


@pytest.mark.parametrize(
    "reason", re.findall(r"^\| `([a-z-]+)` \| …", TEXT, re.MULTILINE) or ["none is documented"]
)
def test_each_documented_reason_has_words(reason):
    assert reason not in in_words(read(samples.withdrawn(reason=reason))).replace("erased", "")
