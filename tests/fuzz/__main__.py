"""Mutated records through the decoders and the stages: python -m tests.fuzz.

Prints what failed with its bytes and, as its last line, a JSON object; exits 1 on any failure.
"""

import argparse
import json
import secrets
import sys
import time

from tests.fuzz.run import run

FAILURES_SHOWN = 20
FAILURE_LENGTH_MAX = 20_000


def main() -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="default: a random one")
    arguments = parser.parse_args()
    began = time.monotonic()
    tally = run(arguments.inputs, arguments.seed)
    for failure in tally.failures[:FAILURES_SHOWN]:
        print(failure[:FAILURE_LENGTH_MAX])
    report = {
        "inputs": tally.inputs,
        "accepted": tally.accepted,
        "through_the_stages": tally.staged,
        "ignored": tally.ignored,
        "rejects": dict(tally.rejects.most_common()),
        "failures": len(tally.failures),
        "seed": arguments.seed,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(report))
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
