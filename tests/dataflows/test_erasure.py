"""Nothing of an erased customer is left in the recovery store's files."""

import sqlite3
import subprocess
import sys
from contextlib import closing

from dataflows import recovery
from tests.dataflows.erasing import WORLD


def left(store):
    held = b"".join(file.read_bytes() for file in store.iterdir())
    return [customer for customer in WORLD.erased_ids if customer.encode() in held]


def in_rows(store):
    rows = b""
    for file in store.glob("*.sqlite3"):
        with closing(sqlite3.connect(file)) as connection:
            rows += b"".join(row or b"" for (row,) in connection.execute("SELECT ser_change FROM snaps"))
    return [customer for customer in WORLD.erased_ids if customer.encode() in rows]


def test_an_erased_customers_bytes_leave_the_store_of_a_running_flow(tmp_path):
    store = tmp_path / "store"
    recovery.prepare(store, 2)
    command = [sys.executable, "-m", "tests.dataflows.erasing", str(store)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as flow:
        try:
            while True:  # two snapshots after all has been read; on a busy machine they are written later
                for _ in range(40):
                    assert flow.stdout.readline() == "read\n"
                if not in_rows(store):
                    break
            alive = [c.encode() for c in WORLD.merged_into if WORLD.account(c) == c]
            assert any(c in b"".join(file.read_bytes() for file in store.iterdir()) for c in alive)
            assert left(store), "SQLite keeps deleted bytes: else the scrubbing below proves nothing"
            scrub = [sys.executable, "-m", "dataflows.recovery", str(store), "--scrub"]
            assert subprocess.run(scrub, check=False).returncode == 0
            assert left(store) == []
            for _ in range(16):  # and the flow goes on
                assert flow.stdout.readline() == "read\n"
        finally:
            flow.kill()
    assert recovery.prepare(store) >= 0
