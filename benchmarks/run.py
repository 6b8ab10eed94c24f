"""One run: so many objects with one operator, on a control plane and a simulator of its own."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from local_cluster import ControlPlane

from . import load, profiler
from .atlas import Atlas, Calls, simulator
from .operators import Intervals, Operator, Running, started
from .requests import AuditLog, Requests
from .usage import Process, machine_cpu_seconds

_ROOT = Path(__file__).parents[1]
_STARTING = 60.0
_QUIET = 3.0
_LONGEST_UNREST = 30.0


@dataclass(frozen=True)
class Steady:
    """What a quiet window took, once everything was active."""

    seconds: float
    requests: Requests
    lists: int
    cpu_seconds: Mapping[str, float]
    """By process, as in `Result`."""


@dataclass(frozen=True)
class Result:
    """What one run took. The load begins when the operator watches, and ends with its last request about it."""

    objects: int
    operator: str
    start_seconds: float
    """From the operator's start until it watches."""
    start_cpu_seconds: float
    start_memory: float
    """Resident memory in MB when the load begins."""
    creation_seconds: float
    seconds: float
    """From the first object's creation until all are active."""
    cpu_seconds: Mapping[str, float]
    """Of the load: the operator, each process of the run, and as `unrelated` the rest of the machine."""
    load_seconds: float
    """What `cpu_seconds` covers: from the first object's creation until the operator's last write about the load."""
    peak_memory: float
    requests: Requests
    calls: Calls
    steady: Steady


Sample = Mapping[str, float]


def measure(objects: int, operator: Operator, intervals: Intervals, *, window: float, stacks: Path | None) -> Result:
    """Apply so many objects at once, and measure until all are active, then for a quiet window of seconds.

    Parameters
    ----------
    objects
        How many.
    operator
        Who serves them.
    intervals
        Its intervals.
    window
        Seconds of the quiet window.
    stacks
        Where the operator's profile goes; ``None``: it is not profiled.
    """
    with tempfile.TemporaryDirectory() as temporary, ControlPlane().start(Path(temporary) / "cluster") as cluster:
        directory = Path(temporary)
        cluster.kubectl("apply", "-f", str(_ROOT / "crds"), "-f", str(_ROOT / "deploy" / "rbac.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        cluster.kubectl("apply", "-f", "-", input=json.dumps(load.secrets(objects)))
        kubeconfig = operator.prepare(cluster)
        api, log = load.Api(cluster), AuditLog(cluster.audit_log, operator.user)
        asyncio.run(api.wait_until_served())
        with simulator(objects, directory) as atlas:
            began = time.monotonic()
            with started(operator, kubeconfig, atlas.url, intervals, directory) as running:
                _wait_until_watching(running, log)
                processes = {"operator": running.process, "simulator": atlas.process, "benchmark": Process(os.getpid())}
                processes |= {name: Process(pid) for name, pid in cluster.processes.items()}
                log.take()
                before, begin = _sample(processes), time.monotonic()
                memory = running.process.memory()
                with nullcontext() if stacks is None else profiler.recorded(running.process.pid, stacks):
                    asyncio.run(api.create(objects))
                    created = time.monotonic()
                    asyncio.run(api.wait_until_active(objects, running.check))
                    active = time.monotonic()
                    calls = atlas.calls(pending=intervals.pending)
                    after, settled = _settled(log, lambda: _sample(processes))
                return Result(
                    objects=objects,
                    operator=operator.name,
                    start_seconds=begin - began,
                    start_cpu_seconds=before["operator"],
                    start_memory=memory,
                    creation_seconds=created - begin,
                    seconds=active - begin,
                    cpu_seconds=_difference(before, after),
                    load_seconds=settled - begin,
                    peak_memory=running.process.peak_memory(),
                    requests=log.take(),
                    calls=calls,
                    steady=_watched(window, log, atlas, processes),
                )


def _wait_until_watching(running: Running, log: AuditLog) -> None:
    deadline = time.monotonic() + _STARTING
    while not log.requests().reads["watch streamsvpcpeerings"]:
        running.check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"the operator does not watch StreamsVpcPeerings after {_STARTING:g} s")
        time.sleep(0.05)


def _settled(log: AuditLog, sample: Callable[[], Sample]) -> tuple[Sample, float]:
    """Wait until the operator writes nothing more, and return the sample taken after its last write, and when."""
    latest, writes = sample(), -1
    changed = began = time.monotonic()
    while time.monotonic() < min(changed + _QUIET, began + _LONGEST_UNREST):
        if log.requests().all_writes() != writes:
            writes, latest, changed = log.requests().all_writes(), sample(), time.monotonic()
        time.sleep(0.25)
    return latest, changed


def _watched(window: float, log: AuditLog, atlas: Atlas, processes: Mapping[str, Process]) -> Steady:
    before, lists, begin = _sample(processes), atlas.lists(), time.monotonic()
    time.sleep(window)
    after, seconds = _sample(processes), time.monotonic() - begin
    return Steady(seconds, log.take(), atlas.lists() - lists, _difference(before, after))


def _sample(processes: Mapping[str, Process]) -> Sample:
    sample = {name: process.cpu_seconds() for name, process in processes.items()}
    return sample | {"unrelated": machine_cpu_seconds() - sum(sample.values())}


def _difference(before: Sample, after: Sample) -> Sample:
    return {name: after[name] - before[name] for name in after}
