"""The recorder still records what the committed files say."""

import json
from pathlib import Path

import pytest

from tests.golden.golden_record import GoldenRecord, read
from tests.golden.record import main

VOLATILE = {"lsn", "txId", "sequence", "ts_ms", "ts_us", "ts_ns"}


def test_help_names_the_configurations(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "full_string_isostring" in capsys.readouterr().out


def test_an_unknown_configuration_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["flattened", "flat"])
    assert "there is no configuration flat\n" in capsys.readouterr().err


@pytest.mark.stack
def test_a_new_recording_is_like_the_committed_one(tmp_path: Path) -> None:
    assert main(["full_string_isostring", "--into", str(tmp_path)]) == 0
    recorded = read("full_string_isostring", tmp_path)
    committed = read("full_string_isostring")
    assert [lasting(record) for record in recorded] == [lasting(record) for record in committed]


def lasting(record: GoldenRecord) -> tuple[object, ...]:
    """Return what stays the same from recording to recording; of the rest, the names."""
    value = json.loads(record.value or "null", object_pairs_hook=_without_volatile)
    return record.topic, record.partition, record.headers, record.key, value


def _without_volatile(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name: "volatile" if name in VOLATILE else value for name, value in pairs}
