"""Random actions and real kills on the real stack, checked against the shop: python -m tests.crash.

Prints what was done and, as its last line, a JSON object; exits 1 on any mismatch.
"""

import argparse
import json
import secrets
import shutil
import sys
import time
from pathlib import Path

from tests.crash.actions import CHANGING
from tests.crash.run import Run, say


def main() -> int:
    """Run the command line and return the exit status."""
    arguments = parse()
    say(f"seed {arguments.seed}")
    shutil.rmtree(arguments.home, ignore_errors=True)
    began = time.monotonic()
    run = Run(arguments.seed, arguments.home)
    wrong: list[str] = []
    rounds = 0
    try:
        run.begin()
        while rounds < arguments.rounds and not wrong:
            rounds += 1
            wrong = run.round(rounds)
            say(f"round {rounds}: {len(wrong)} mismatches after {run.actions.total():,} actions")
        run.end()
    finally:
        run.close()
    for line in wrong[:50]:
        say(line[:1000])
    report = result(run, len(wrong)) | {"seed": arguments.seed, "rounds": rounds}
    report["seconds"] = round(time.monotonic() - began)
    print(json.dumps(report))
    return 1 if wrong else 0


def result(run: Run, mismatches: int) -> dict[str, object]:
    """Return what is printed."""
    found = run.found
    assert found is not None
    return {
        "actions": run.actions.total(),
        "changing_actions": sum(run.actions[kind] for kind in CHANGING),
        "actions_by_kind": dict(run.actions.most_common()),
        "kills": run.faults.kills.total(),
        "kills_by_process": dict(run.faults.kills.most_common()),
        "flow_ended_by_sigterm": dict(run.faults.ends),
        "revived": dict(run.world.revivals),
        "duplicates_absorbed": {
            "changes": found.repeated_changes,
            "alerts and rejects": run.world.repeats.total,
        },
        "changes": found.changes,
        "alerts": found.alert_count,
        "withdrawals": found.withdrawal_count,
        "erased": len(run.generator.shop.erased),
        "erased_but_named_where_nothing_reads": run.residue,
        "rejects": found.reject_count,
        "alert_mismatches": len(found.alerts),
        "row_mismatches": len(found.rows),
        "day_mismatches": len(found.days),
        "reject_mismatches": len(found.rejects),
        "erasure_mismatches": len(found.erasures),
        "mismatches": mismatches,
    }


def parse() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="default: a random one")
    parser.add_argument("--rounds", type=int, default=5, help="(%(default)s)")
    parser.add_argument("--home", type=Path, default=Path(".stack/crash"), help="made anew (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
