import sqlite3
import subprocess
import sys
from contextlib import closing

import bytewax.operators as op
import pytest
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig
from bytewax.testing import TestingSink, TestingSource, run_main

from dataflows import recovery


def snapshots(store):
    rows = 0
    for file in store.glob("*.sqlite3"):
        with closing(sqlite3.connect(file)) as connection:
            rows += connection.execute("SELECT count(*) FROM snaps").fetchone()[0]
    return rows


def count_up(store, items):
    out = []
    flow = Dataflow("count")
    s = op.input("in", flow, TestingSource(items))
    s = op.stateful_map("count", op.key_on("key", s, str), lambda n, _: ((n or 0) + 1, (n or 0) + 1))
    op.output("out", s, TestingSink(out))
    run_main(flow, recovery_config=RecoveryConfig(store))
    return out


def test_a_new_store_is_made_and_an_existing_one_kept(tmp_path):
    store = tmp_path / "deep" / "store"
    assert recovery.prepare(store, 3) == 0
    assert len(list(store.glob("*.sqlite3"))) == 3
    count_up(store, ["a", "b"])
    before = snapshots(store)
    assert recovery.prepare(store) == 0
    assert snapshots(store) == before > 0


def test_rows_of_an_epoch_that_never_completed_are_purged(tmp_path):
    recovery.prepare(tmp_path, 2)
    items = ["a"]
    assert count_up(tmp_path, items) == [("a", 1)]
    with closing(sqlite3.connect(next(tmp_path.glob("*.sqlite3")))) as connection, connection:
        connection.execute(
            "INSERT INTO snaps SELECT created_at, step_id, 'a', 900, ser_change FROM snaps LIMIT 1"
        )
        connection.execute(
            "INSERT OR IGNORE INTO snaps (step_id, state_key, snap_epoch) VALUES ('s', 'k', 901)"
        )
    assert recovery.prepare(tmp_path) >= 1
    assert recovery.prepare(tmp_path) == 0
    assert count_up(tmp_path, [*items, "a"]) == [("a", 2)]


def test_the_command_says_what_is_wrong_without_a_traceback(tmp_path):
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "dataflows.recovery", str(tmp_path / "file")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("The recovery store cannot be used")


def test_a_store_with_a_file_missing_is_refused(tmp_path):
    recovery.prepare(tmp_path, 3)
    next(tmp_path.glob("*.sqlite3")).unlink()
    with pytest.raises(RuntimeError, match="2 of the store's 3"):
        recovery.prepare(tmp_path)


def test_a_scrub_of_a_directory_without_a_store_is_no_success(tmp_path):
    command = [sys.executable, "-m", "dataflows.recovery", str(tmp_path / "typo"), "--scrub"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert "holds no store" in result.stderr
