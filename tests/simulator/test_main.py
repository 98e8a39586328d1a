import pytest

from simulator.__main__ import main
from tests.simulator.conftest import simulator


def test_help_explains_itself():
    result = simulator("--help")
    assert result.returncode == 0
    for word in ("history", "live", "cdc.shop_now()", "truth"):
        assert word in result.stdout


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            "history",
            ["--customers", "--days", "--seed", "--preset", "--dropout", "--regularity", "--until", "--dsn"],
        ),
        ("live", ["--day-seconds", "--days", "--dsn"]),
    ],
)
def test_each_command_explains_its_options(command, options, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    text = capsys.readouterr().out
    assert all(option in text for option in options)


def test_without_a_shop_it_says_how_to_name_one(monkeypatch, capsys):
    monkeypatch.delenv("SHOP_DSN", raising=False)
    assert main(["history"]) == 2
    assert "SHOP_DSN" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [["--customers", "0"], ["--seed", "-1"], ["--until", "soon"], ["--preset", "x"], ["--regularity", "0"]],
)
def test_wrong_options_are_refused(wrong, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["history", *wrong])
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("dsn", ["nonsense", "postgresql://shop@127.0.0.1:1/shop"])
def test_a_shop_that_cannot_be_reached_is_no_traceback(dsn, monkeypatch, capsys):
    monkeypatch.setenv("SHOP_DSN", dsn)
    assert main(["live"]) == 1
    assert capsys.readouterr().err.startswith("simulator: cannot reach")
