"""Atlas' simulator as a process of its own, and what was asked of it."""

import json
import math
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import load
from .usage import Process

DELAYS = {"recorded": 1.0, "requested": 1.0, "provisioning": 2.0}
"""Seconds of each state between an accept and `active`."""
ACTIVATION = sum(DELAYS.values())
"""Seconds that Atlas takes from an accept until the connection is active."""


@dataclass(frozen=True)
class Calls:
    """What an operator asked of Atlas; the digest challenges that it answered are not counted."""

    lists: int
    least_lists: int
    """The lists that polling at the pending interval needs when nothing else takes time.

    Each project needs one list to find its requests, then one each pending interval for the 4 s that Atlas
    takes. It depends on the load and the interval alone, not on the operator's speed. An operator with fewer
    lists polls less often than it is told to, as a rule because its queue is full.
    """
    paced_lists: int
    """The lists that polling at the pending interval makes at this operator's own speed.

    Each project needs one list, then one each pending interval from there until its last accept plus 4 s.
    """
    accepts: int
    accepts_repeated: int
    """Accepts of a connection that Atlas had already been asked to accept."""
    others: int


class Atlas:
    """A running simulator."""

    def __init__(self, url: str, process: Process) -> None:
        self.url, self.process = url, process

    def lists(self) -> int:
        """Return how many lists it has answered."""
        counts: dict[str, int] = self._get("counts")
        return counts.get("list", 0)

    def calls(self, *, pending: float) -> Calls:
        """Return what was asked so far by an operator with this pending interval in seconds."""
        calls: list[dict[str, Any]] = self._get("calls")
        lists = [call for call in calls if call["operation"] == "list"]
        accepts = [call for call in calls if call["operation"] == "accept"]
        # An accept that Atlas turned away for its rate limit has asked for nothing yet.
        asked = Counter(call["connection"] for call in accepts if call["status"] != 429)
        first_list: dict[str, float] = {}
        for call in lists:
            first_list.setdefault(call["project"], call["time"])
        last_accept = {call["project"]: call["time"] for call in accepts}
        under_way = [last_accept[project] + ACTIVATION - first_list[project] for project in last_accept]
        return Calls(
            lists=len(lists),
            least_lists=len(last_accept) * _polls(ACTIVATION, pending),
            paced_lists=sum(_polls(seconds, pending) for seconds in under_way),
            accepts=len(accepts),
            accepts_repeated=sum(times - 1 for times in asked.values()),
            others=len(calls) - len(lists) - len(accepts),
        )

    def _get(self, what: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/_simulator/{what}") as answer:  # noqa: S310  # our own simulator
            return json.load(answer)


def _polls(seconds: float, interval: float) -> int:
    return 1 + math.ceil(seconds / interval)


@contextmanager
def simulator(objects: int, directory: Path) -> Iterator[Atlas]:
    """Run a simulator in which each object's request is pending."""
    configuration = {
        # Every call of the run is read at its end.
        "settings": {"delays": DELAYS, "log_capacity": 10_000_000},
        "projects": [{"project": load.project_id(project)} for project in load.projects(objects)],
        "api_keys": [
            {
                "public_key": load.keys(project)["publicApiKey"],
                "private_key": load.keys(project)["privateApiKey"],
                "roles": {load.project_id(project): "owner"},
            }
            for project in load.projects(objects)
        ],
        "peerings": [
            {
                "project": load.project_id(number // load.PER_PROJECT),
                "account": load.ACCOUNT,
                "vpc": load.vpc(number),
            }
            for number in range(objects)
        ],
    }
    (directory / "atlas.yaml").write_text(yaml.safe_dump(configuration))
    port_file = directory / "port"
    command = [sys.executable, "-m", "atlas_simulator", "--config", str(directory / "atlas.yaml")]
    process = subprocess.Popen([*command, "--port-file", str(port_file)], stdout=subprocess.DEVNULL)
    try:
        while not port_file.exists():
            if process.poll() is not None:
                raise RuntimeError("the simulator did not start")
            time.sleep(0.05)
        yield Atlas(f"http://127.0.0.1:{port_file.read_text().strip()}", Process(process.pid))
    finally:
        process.terminate()
        process.wait(10)
