import json
import re
import subprocess
import sys

import pytest

from models.__main__ import main
from models.backtest.report import HEADINGS

COMMAND = [sys.executable, "-m", "models"]


def without_progress(err):
    """Return the lines that do not tell how far a run has come: on a busy machine any is long."""
    return [
        line for line in err.splitlines() if not re.fullmatch(r"backtest: (fit|threshold) \d+ of \d+", line)
    ]


@pytest.fixture(scope="module")
def shop_csv(shop, tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    instants = shop.placed_at_us.astype("datetime64[us]").astype(str)
    rows = zip(shop.customer, instants, strict=True)
    path.write_text(
        "".join(f"{who},{at}\n" for who, at in [("customer_id", "placed_at"), *rows, ("", "2000-01-01")])
    )
    return path


def test_the_table_and_its_words_are_printed(shop_csv, capsys):
    assert main(["backtest", str(shop_csv)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "1 orders name no customer and are left out."
    table = lines.index("") + 1
    assert lines[table].split() == " ".join(HEADINGS).split()
    rules = [line.rsplit(maxsplit=6)[0] for line in lines[table + 1 : table + 13]]
    assert rules == [f"threshold 0.{tenth}" for tenth in range(1, 10)] + [
        f"silent {n} days" for n in (30, 60, 90)
    ]
    assert "is as precise as alerts after 90 days of silence" in lines[-2]
    assert without_progress(err) == []


def test_json_lines_from_standard_input_say_the_same_as_the_table(shop_csv, capsys):
    main(["backtest", str(shop_csv)])
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    table = [line[-6:] for line in words if line and line[0] in {"threshold", "silent"}]
    with shop_csv.open() as orders:
        run = subprocess.run(
            [*COMMAND, "backtest", "-", "--json"], stdin=orders, capture_output=True, check=True
        )
    objects = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(objects) == len(table) == 12
    for score, cells in zip(objects, table, strict=True):
        shown = [float(cell.replace(",", "")) for cell in cells]
        assert list(score.values())[1:] == pytest.approx(shown, abs=0.051)
    assert b"is as precise as" in run.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["nowhere.csv"], "No such file"),
        (["{csv}", "--churn-days", "1000"], "churn after 1000 days needs"),
        (["{csv}", "--refit-days", "1000"], "too little history for a model: the orders do not reach"),
        (["/dev/null"], "no column customer_id"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_do(shop_csv, capsys, options, complaint):
    assert main(["backtest", *(option.format(csv=shop_csv) for option in options)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    [line] = without_progress(err)
    assert line.startswith("backtest: ")
    assert complaint in line


def test_a_mark_of_byte_order_and_bytes_that_are_no_text_are_read(tmp_path, capsys):
    file = tmp_path / "orders.csv"
    file.write_bytes(b"\xef\xbb\xbfcustomer_id,placed_at\nJos\xe9,2024-01-01\nJos\xe9,2024-01-0\xb2\n")
    assert main(["backtest", str(file)]) == 1
    assert r"line 3: placed_at b'2024-01-0\xb2' is no ISO 8601" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--churn-days", "0"], ["--refit-days", "a week"], ["--plot", "curve.pdf"]]
)
def test_an_option_that_means_nothing_is_refused(shop_csv, capsys, options):
    with pytest.raises(SystemExit, match="2"):
        main(["backtest", str(shop_csv), *options])
    assert options[1] in capsys.readouterr().err


def test_a_plot_without_matplotlib_names_the_extra_before_any_work(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["backtest", "nowhere.csv", "--plot", "curve.png"]) == 1
    assert "install the extra `plots`" in capsys.readouterr().err


def test_help_explains_the_columns_of_the_table():
    helps = [
        subprocess.run([*COMMAND, *a, "--help"], capture_output=True, text=True, check=True).stdout
        for a in ([], ["backtest"])
    ]
    assert "backtest" in helps[0]
    assert all(f"\n{column}: " in helps[1] for column in HEADINGS[4:])
