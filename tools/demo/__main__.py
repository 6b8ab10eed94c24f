"""``python -m demo``: the main job, from manifests to an active connection, on this machine."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

from demo.places import RUNS
from demo.run import SIGNALS, Options, run
from demo.screen import Screen
from image.archive import image_archive
from image.builder import BuilderError
from local_cluster import CLUSTERS, ControlPlane, LocalClusterError
from local_cluster.assets import fetch
from local_cluster.node_cluster import require_node
from local_cluster.programs import fetch_helm
from local_cluster.progress import timed

ACTIVE_WITHIN: Final = 60.0


class Interrupted(BaseException):
    """A signal wants the demo to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def main() -> int:
    """Do what the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--cluster", choices=CLUSTERS, default="auto", help="auto means local, which needs no Docker")
    parser.add_argument("--pods", action="store_true", help="run the operator as a pod: on Linux, as root")
    parser.add_argument("--keep", action="store_true", help="keep everything running")
    parser.add_argument(
        "--directory", type=Path, default=RUNS, help="where logs and the kubeconfig go (default: .demo)"
    )
    parser.add_argument(
        "--active-within",
        type=float,
        default=ACTIVE_WITHIN,
        metavar="SECONDS",
        help="how long the connection may take before the demo fails (default: %(default)g)",
    )
    arguments = parser.parse_args()
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    options = Options(
        arguments.cluster,
        arguments.keep,
        arguments.active_within,
    )
    screen = Screen()
    try:
        return _demonstrate(options, arguments.directory, screen, pods=arguments.pods)
    except (LocalClusterError, BuilderError) as error:
        screen.title(f"The demo failed: {error}")
        return 1
    except Interrupted as interrupted:
        screen.line()
        screen.line("Interrupted. The demo stopped and removed everything.")
        return interrupted.exit_code
    except BrokenPipeError:
        # Nobody reads any more; the interpreter must not try to print once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _demonstrate(options: Options, parent: Path, screen: Screen, *, pods: bool) -> int:
    started = time.monotonic()
    # Here, where a first build can show its progress.
    if CLUSTERS[options.cluster] is ControlPlane:
        fetch()
    fetch_helm()
    if pods:
        if CLUSTERS[options.cluster] is not ControlPlane:
            raise LocalClusterError("--pods runs on this machine itself: leave out --cluster")
        require_node()
    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=parent.absolute()))
    remove = True
    try:
        if pods:
            with timed("getting the operator's image"):
                options = replace(options, image=image_archive(directory))
        succeeded = run(options, directory, screen)
        remove = succeeded and not options.keep
    finally:
        if remove:
            shutil.rmtree(directory, ignore_errors=True)
    seconds = time.monotonic() - started
    screen.line()
    if not succeeded:
        screen.line(f"The demo stopped everything. The logs are in {directory}")
        return 1
    if options.keep:
        screen.line(f"The demo took {seconds:.1f} s.")
        return 0
    screen.line(f"The demo took {seconds:.1f} s. It stopped and removed everything.")
    screen.line("Next: `make demo KEEP=1` keeps everything running and suggests commands to try.")
    screen.line("      The manifests are in examples/. docs/ explains what the operator does with them.")
    return 0


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


if __name__ == "__main__":
    sys.exit(main())
