"""Apply StreamsVpcPeerings at once, and print what it takes until all are active, and at what cost.

Each run has a control plane, a simulator of Atlas and an operator of its own, each as a process. Nothing is
asserted: machines differ, so compare two operators side by side in one run.
"""

import argparse
import json
import os
import shlex
import sys
import tempfile
from pathlib import Path

from . import operators, profiler, report
from .run import Result, measure

SIZES = (1, 100, 1000)
PROFILES = Path(tempfile.gettempdir()) / "atlas-streams-peering-profiles"


def main() -> None:
    options = _options()
    intervals = operators.Intervals(options.pending, options.steady)
    contenders = [operators.this_project()]
    if options.against:
        contenders.append(operators.other(tuple(shlex.split(options.against))))
    if options.profile:
        profiler.find()
        options.profile.mkdir(parents=True, exist_ok=True)
    settings = {"pending": options.pending, "steady": options.steady, "window": options.window, "cores": os.cpu_count()}
    print(" ".join(f"{name}={value:g}" for name, value in settings.items()), flush=True)
    results: dict[int, dict[str, list[Result]]] = {}
    for size in options.sizes or SIZES:
        runs: dict[str, list[Result]] = {contender.name: [] for contender in contenders}
        for turn in range(options.rounds):
            # The order changes with each round, so that nobody always runs on a machine warmed up by the other.
            for contender in contenders if turn % 2 == 0 else reversed(contenders):
                print(f"… {size:,} objects, {contender.name} operator", file=sys.stderr, flush=True)
                profiled = options.profile is not None and contender is contenders[0]
                stacks = options.profile / f"{size}.stacks" if profiled else None
                result = measure(size, contender, intervals, window=options.window, stacks=stacks)
                runs[contender.name].append(result)
                if stacks is not None and stacks.exists():
                    print(f"{stacks}: {profiler.summary(stacks)}\n", flush=True)
        results[size] = runs
        print(f"{report.size_table(runs)}\n", flush=True)
        if options.json:
            options.json.write_text(json.dumps(report.document(results, settings), indent=2, default=vars) + "\n")
    if table := report.flatness_table(results):
        print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, help="numbers of objects (default: 1 100 1000)")
    parser.add_argument("--pending", type=float, default=10, help="POLL_INTERVAL_PENDING (default: %(default)s)")
    parser.add_argument("--steady", type=float, default=120, help="POLL_INTERVAL_STEADY (default: %(default)s)")
    parser.add_argument("--window", type=float, default=20, help="seconds at steady state (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each size; tables show medians")
    parser.add_argument("--against", metavar="COMMAND", help="another operator, measured on the same load in turns")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where every run goes as JSON")
    parser.add_argument(
        "--profile",
        type=Path,
        nargs="?",
        const=PROFILES,
        metavar="DIRECTORY",
        help=f"sample this project's operator with py-spy into a directory (default: {PROFILES})",
    )
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except (LookupError, RuntimeError, TimeoutError) as error:
        sys.exit(f"benchmarks: {error}")
