"""One demo: everything is started, shown, and stopped or left running."""

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo import others, procedure
from demo.companion import LOG, Companion
from demo.kubectl import Kubectl, NotReachedError
from demo.messages import Failed, Ready, Step, Typed
from demo.release import RELEASE
from demo.screen import Screen
from demo.show import explain, play, suggest
from local_cluster.processes import tail

LOGS: Final = ("operator.log", "services.log", LOG)
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    cluster: str
    keep: bool
    active_within: float
    """Seconds that the connection may take before the demo counts as failed."""
    image: Path | None = None
    """An archive of the image, if the operator shall be a pod."""


def run(options: Options, directory: Path, screen: Screen) -> bool:
    """Return whether all became what it should; only then is it left running, if that was asked for."""
    screen.title("MongoDB Atlas Stream Processing: VPC peering from a manifest")
    screen.line("This demo runs on this machine: a real Kubernetes API, the operator, and a stand-in for Atlas and")
    screen.line("Confluent Cloud. First it installs the operator.")
    screen.line()
    companion, kept = Companion(options.cluster, directory, image=options.image), False
    try:
        ready = _get_ready(companion, screen)
        kubectl = Kubectl(ready.kubeconfig, screen)
        if options.image is not None:
            kubectl.show("get", "pods", "--namespace", RELEASE, "-o", "wide")
        try:
            _part(
                screen,
                "1. Both sides",
                "Three manifests get the VPC of Atlas, request the peering in Confluent Cloud, and accept it in Atlas.",
                "Two Secrets hold the API keys. The objects refer to each other, and wait for each other.",
            )
            procedure.play(kubectl, screen, ready.services, seconds=options.active_within)
            _part(
                screen,
                "2. The Atlas side only",
                "Somebody else makes the requests. Four are pending in Atlas, and one connection is active already.",
                "The examples accept, reject or only observe. One waits for a request that nobody has made.",
            )
            play(kubectl, seconds=options.active_within)
            _part(
                screen,
                "3. Without a name, and the other way",
                "A policy accepts what its allow-list allows. Then Atlas requests a peering with your own VPC.",
            )
            others.play(kubectl, screen, ready.services, seconds=options.active_within)
        except NotReachedError:
            explain(kubectl)
            raise
        if options.keep:
            companion.keep()
            kept = True
            _leave_running(kubectl, ready, screen, companion.pid)
    except NotReachedError as error:
        _report(error, directory, screen)
        return False
    else:
        return True
    finally:
        if not kept:
            # A second Ctrl-C must not interrupt the cleaning up.
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
            companion.stop()


def _part(screen: Screen, title: str, *lines: str) -> None:
    screen.line()
    screen.title(title)
    for line in lines:
        screen.line(line)


def _get_ready(companion: Companion, screen: Screen) -> Ready:
    for message in companion.messages():
        match message:
            case Ready():
                return message
            case Failed(reason):
                raise NotReachedError(reason)
            case Typed(words, output, seconds):
                screen.command(*words)
                screen.line(output)
                screen.line()
                screen.step("Helm release", "CRD, ServiceAccount, roles, Deployment", seconds)
            case Step(title, detail, seconds):
                screen.step(title, detail, seconds)
    raise AssertionError("the last message is one of the two above")


def _report(error: NotReachedError, directory: Path, screen: Screen) -> None:
    screen.line()
    screen.title(f"The demo failed: {error}")
    for log in (directory / name for name in LOGS):
        if log.exists() and log.stat().st_size:
            screen.line()
            screen.line(f"The end of {log}:")
            screen.line(tail(log))


def _leave_running(kubectl: Kubectl, ready: Ready, screen: Screen, pid: int) -> None:
    screen.line()
    screen.title("The demo keeps running. Try:")
    suggest(kubectl, ready, screen)
    screen.line()
    screen.title(f"To stop and remove everything: kill {pid}")
