"""The demo as a person runs it: it ends well, and nothing outlives it unless that was asked for."""

import itertools
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from chart import containers
from cluster.waiting import wait_until
from demo.places import ROOT
from demo.release import RELEASE as NAME
from demo.show import BECOME_READY
from local_cluster.assets import fetch, find_kubectl
from local_cluster.programs import fetch_helm
from local_cluster.toolsets import CONTROL_PLANE

LONG: Final = 120.0
"""Seconds that any of it may take on a busy machine; without others it is a tenth of that."""

WATCHING: Final = "$ kubectl get svp --watch"


class RunningDemo:
    """`python -m demo`, with its output in a file, as the leader of a process group as under a shell."""

    def __init__(self, directory: Path, *arguments: str, **environment: str) -> None:
        self.runs = directory / "runs"
        self._output = directory / "output"
        command = [sys.executable, "-m", "demo", "--directory", str(self.runs), *arguments]
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_for(self, text: str) -> None:
        def reached() -> bool:
            assert text in self.output or self.process.poll() is None, self.output
            return text in self.output

        wait_until(reached, f"the demo says {text!r}", seconds=LONG)

    def wait(self) -> int:
        return self.process.wait(LONG)


StartDemo = Callable[..., RunningDemo]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartDemo]:
    """Start demos; one that a failed test leaves is interrupted, also when it was to be left running."""
    fetch()
    fetch_helm()
    started: list[RunningDemo] = []

    def start(*arguments: str, **environment: str) -> RunningDemo:
        started.append(RunningDemo(tmp_path_factory.mktemp("demo"), *arguments, **environment))
        return started[-1]

    yield start
    for demo in started:
        if demo.process.poll() is None:
            demo.process.terminate()
            demo.wait()
        kept = re.search(r"kill (\d+)", demo.output)
        if kept is not None and int(kept[1]) in ids_running():
            os.kill(int(kept[1]), signal.SIGTERM)


@pytest.fixture(scope="module")
def staying(start: StartDemo) -> RunningDemo:
    """A demo that is left running, until a test stops it."""
    return start("--keep")


class User:
    """Who goes on with what a demo has left running, in the way it says."""

    def __init__(self, kubeconfig: str) -> None:
        self._kubeconfig = f"--kubeconfig={kubeconfig}"

    def read(self, *arguments: str) -> str:
        return self._run(find_kubectl(), *arguments)

    def helm(self, *arguments: str) -> str:
        return self._run(fetch_helm(), *arguments, f"--namespace={NAME}")

    def _run(self, program: Path, *arguments: str) -> str:
        answer = subprocess.run([program, self._kubeconfig, *arguments], capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout


def left_running(demo: RunningDemo) -> User:
    kubeconfig = re.search(r"export KUBECONFIG=(\S+)", demo.output)
    assert kubeconfig is not None
    return User(kubeconfig[1])


def documents(text: str) -> set[str]:
    """Return the YAML documents; Helm puts hooks apart."""
    return {document.strip() for document in text.split("---\n") if document.strip()}


def ids_running() -> set[int]:
    return {pid for pid, _ in process_table()}


def process_table() -> list[tuple[int, int]]:
    """Return the id and the parent of each process that is not a zombie."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [(int(pid), int(parent)) for pid, parent, state in rows if not state.startswith("Z")]


def with_descendants(pid: int) -> set[int]:
    table, found, unseen = process_table(), {pid}, [pid]
    while unseen:
        parent = unseen.pop()
        children = {child for child, of in table if of == parent} - found
        found |= children
        unseen += children
    return found


def wait_until_ended(pids: set[int]) -> None:
    assert len(pids) >= 6, "etcd, two of Kubernetes, the stand-in, the operator and who holds them were not seen"
    wait_until(lambda: not pids & ids_running(), f"{pids} have ended", seconds=LONG)


def test_two_at_once_end_well(start: StartDemo, staying: RunningDemo) -> None:
    passing = start()

    passing.wait_for(WATCHING)
    of_passing = with_descendants(passing.process.pid)
    assert passing.wait() == 0, passing.output
    wait_until_ended(of_passing)
    assert list(passing.runs.iterdir()) == []
    assert "confluentpeering.atlasstreams.io/kafka condition met" in passing.output
    assert re.search(r"^confluent\S+/kafka .* PENDING_ACCEPT +False +PendingAcceptance ", passing.output, re.MULTILINE)
    assert re.search(r"^confluent\S+/kafka .* READY +True +Connected ", passing.output, re.MULTILINE)
    assert re.search(r"^streamsvpc\S+/kafka +pcx-\w+ .* active +True +Active ", passing.output, re.MULTILINE)
    left = r"^Nothing is left: peer-\w+ is gone from Confluent Cloud, and pcx-\w+ is deleted in Atlas\.$"
    assert re.search(left, passing.output, re.MULTILINE)
    for name in BECOME_READY:
        assert f"streamsvpcpeering.atlasstreams.io/{name} condition met" in passing.output
    assert re.search(r"^orders +pcx-\w+ .* active +True +Active ", passing.output, re.MULTILINE)
    assert re.search(r"^analytics .* False +WaitingForRequest ", passing.output, re.MULTILINE)
    assert re.search(r"Accepting +StreamsVpcPeering/orders +Asked Atlas to accept pcx-", passing.output)

    assert staying.wait() == 0, staying.output


def test_what_is_left_running_is_a_release_of_the_chart_as_it_was_typed(staying: RunningDemo) -> None:
    assert staying.wait() == 0, staying.output
    user = left_running(staying)

    (release,) = json.loads(user.helm("list", "--output=json"))
    assert (release["name"], release["status"]) == (NAME, "deployed")
    (typed,) = re.findall(r"^\$ (helm (?:.*\\\n)*.*)", staying.output, re.MULTILINE)
    words = shlex.split(typed)
    assert words[:4] == ["helm", "install", NAME, "charts/atlas-streams-peering"]
    settings = [f"--set={value}" for option, value in itertools.pairwise(words) if option == "--set"]
    rendered = user.helm("template", NAME, str(ROOT / words[3]), "--namespace", NAME, *settings)
    assert documents(user.helm("get", "manifest", NAME)) <= documents(rendered)

    # The process is that of the Deployment: its port answers, and it holds the Lease of its namespace.
    (container,) = containers(json.loads(user.read("get", "deployment", NAME, f"--namespace={NAME}", "--output=json")))
    metrics = f"http://127.0.0.1:{container.variables['METRICS_PORT']}/metrics"
    with urllib.request.urlopen(metrics, timeout=10) as answer:
        assert "atlas_streams_peering_leader 1.0" in answer.read().decode()
    assert container.variables["LEADER_ELECT"] == "true"
    assert user.read("get", "leases", f"--namespace={NAME}", "--output=jsonpath={.items[*].spec.holderIdentity}")


def test_what_is_left_running_stays_until_it_is_stopped(staying: RunningDemo) -> None:
    assert staying.wait() == 0, staying.output
    holder = re.search(r"kill (\d+)", staying.output)
    assert holder is not None
    of_staying = with_descendants(int(holder[1]))
    assert left_running(staying).read("get", "svp/orders", "--output=jsonpath={.status.cloudStatus}") == "active"

    os.kill(int(holder[1]), signal.SIGTERM)

    wait_until_ended(of_staying)
    wait_until(lambda: not list(staying.runs.iterdir()), "its directory is removed", seconds=LONG)


def test_neither_one_interrupted_nor_one_killed_leaves_anything_running(start: StartDemo) -> None:
    interrupted, killed = start(), start()
    for demo in (interrupted, killed):
        demo.wait_for(WATCHING)
    running = with_descendants(interrupted.process.pid) | with_descendants(killed.process.pid)

    os.killpg(interrupted.process.pid, signal.SIGINT)
    killed.process.kill()

    assert interrupted.wait() == 128 + signal.SIGINT
    assert "Interrupted. The demo stopped and removed everything." in interrupted.output
    assert "Traceback" not in interrupted.output
    wait_until_ended(running)
    assert list(interrupted.runs.iterdir()) == []


def test_it_fails_with_what_is_known_when_nothing_becomes_active_in_time(start: StartDemo) -> None:
    demo = start("--active-within", "0.1")

    assert demo.wait() == 1

    assert "The demo failed: the objects did not reach the expected state." in demo.output
    assert re.search(r"The end of \S+/operator.log:\n.*atlas-streams-peering", demo.output)
    (kept,) = demo.runs.iterdir()
    assert (kept / "operator.log").exists()


def test_a_first_build_of_helm_shows_that_it_goes_on(start: StartDemo, tmp_path: Path) -> None:
    caches, programs = tmp_path / "cache" / "atlas-streams-peering", tmp_path / "bin"
    caches.mkdir(parents=True)
    (caches / "control-plane").symlink_to(CONTROL_PLANE.cache_root)
    programs.mkdir()
    go = programs / "go"
    go.write_text('#!/bin/sh\ntest "$1" = env && echo go1.99 || { echo no space left; exit 1; }\n')
    go.chmod(0o755)

    demo = start(XDG_CACHE_HOME=str(tmp_path / "cache"), PATH=f"{programs}:{os.environ['PATH']}", HELM="")

    assert demo.wait() == 1
    assert "Building helm from Go modules, once, into " in demo.output
    assert "building helm (1 of 1)" in demo.output
    assert re.search(r"^The demo failed: building helm failed;.*\n +no space left$", demo.output, re.MULTILINE)
    assert not demo.runs.exists()
