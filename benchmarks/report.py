"""What the runs took, as tables and as JSON."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import load
from .run import Result

Runs = Sequence[Result]
"""The rounds of one operator at one size."""
_BASE = 100


@dataclass(frozen=True)
class Metric:
    """A figure of a run."""

    name: str
    of: Callable[[Result], float]
    digits: int = 2
    compared: bool = True
    """Is a ratio between operators of use?"""
    per_object: bool = False
    """Is it to be the same at every size?"""

    def median(self, runs: Runs) -> float:
        return statistics.median(self.of(run) for run in runs)


def _cpu(process: str) -> Callable[[Result], float]:
    return lambda run: run.cpu_seconds[process]


def _cpu_per_object(process: str) -> Callable[[Result], float]:
    return lambda run: run.cpu_seconds[process] * 1000 / run.objects


def _steady_cpu(process: str) -> Callable[[Result], float]:
    return lambda run: run.steady.cpu_seconds[process] / run.steady.seconds * 100


METRICS = (
    Metric("seconds until all are active", lambda run: run.seconds),
    Metric("creation, seconds", lambda run: run.creation_seconds),
    Metric("operator CPU, seconds", _cpu("operator")),
    Metric("operator CPU, ms per object", _cpu_per_object("operator"), per_object=True),
    Metric("API server CPU, seconds", _cpu("kube-apiserver")),
    Metric("API server CPU, ms per object", _cpu_per_object("kube-apiserver"), per_object=True),
    Metric("etcd CPU, seconds", _cpu("etcd")),
    Metric("etcd CPU, ms per object", _cpu_per_object("etcd"), per_object=True),
    Metric("peak memory, MB", lambda run: run.peak_memory, 1),
    Metric(
        "memory above the start, KB per object",
        lambda run: (run.peak_memory - run.start_memory) * 1024 / run.objects,
        1,
        per_object=True,
    ),
    Metric(
        "Kubernetes writes per object, without Events",
        lambda run: run.requests.writes.total() / run.objects,
        per_object=True,
    ),
    Metric("Events per object", lambda run: run.requests.events / run.objects, per_object=True),
    Metric("Kubernetes reads per object", lambda run: run.requests.reads.total() / run.objects, per_object=True),
    Metric("Kubernetes requests refused", lambda run: run.requests.refused, 0, compared=False),
    Metric("Atlas lists", lambda run: run.calls.lists, 0),
    Metric("Atlas lists, the least at this interval", lambda run: run.calls.least_lists, 0, compared=False),
    Metric("Atlas lists / the least", lambda run: run.calls.lists / max(1, run.calls.least_lists), compared=False),
    Metric("Atlas lists, at this interval and its own speed", lambda run: run.calls.paced_lists, 0, compared=False),
    Metric("accepts asked of Atlas", lambda run: run.calls.accepts, 0, compared=False),
    Metric("accepts asked twice (has to be 0)", lambda run: run.calls.accepts_repeated, 0, compared=False),
    Metric(
        "unrelated work on the machine, cores",
        lambda run: run.cpu_seconds["unrelated"] / run.load_seconds,
        compared=False,
    ),
    Metric("start: seconds until it watches", lambda run: run.start_seconds),
    Metric("start: operator CPU, seconds", lambda run: run.start_cpu_seconds),
    Metric("start: memory, MB", lambda run: run.start_memory, 1),
    Metric("steady: Kubernetes writes", lambda run: run.steady.requests.all_writes(), 0, compared=False),
    Metric("steady: Kubernetes reads", lambda run: run.steady.requests.reads.total(), 0, compared=False),
    Metric("steady: Atlas lists", lambda run: run.steady.lists, 0, compared=False),
    Metric("steady: operator CPU, % of a core", _steady_cpu("operator"), compared=False),
    Metric("steady: API server CPU, % of a core", _steady_cpu("kube-apiserver"), compared=False),
)


def size_table(runs: Mapping[str, Runs]) -> str:
    """Return the figures of one size: a column an operator, and the first operator's ratio to the second."""
    objects = next(iter(runs.values()))[0].objects
    columns = [*runs, "this/other"] if len(runs) > 1 else [*runs]
    lines = [_row(f"{objects:,} objects in {len(load.projects(objects)):,} projects", columns)]
    for metric in METRICS:
        figures = [metric.median(each) for each in runs.values()]
        cells = [f"{figure:,.{metric.digits}f}" for figure in figures]
        if len(figures) > 1 and metric.compared:
            cells.append(_ratio(*figures))
        lines.append(_row(metric.name, cells))
    for operator, each in runs.items():
        last = each[-1].requests
        requests = {**last.writes, "Events": last.events, **last.reads}
        shown = ", ".join(f"{request} {times / objects:.2f}" for request, times in requests.items())
        lines.append(f"  requests per object of {operator}: {shown}")
    return "\n".join(lines)


def flatness_table(results: Mapping[int, Mapping[str, Runs]]) -> str | None:
    """Return what an object costs at each size against 100 (or the smallest) objects; None for a single size."""
    sizes = sorted(results)
    base = _BASE if _BASE in results else sizes[0]
    larger = [size for size in sizes if size > base]
    if not larger:
        return None
    lines = []
    for operator in results[base]:
        lines.append(_row(f"{operator}: cost of an object against {base:,}", [f"{size:,}" for size in larger]))
        for metric in METRICS:
            if metric.per_object:
                first = metric.median(results[base][operator])
                cells = [_ratio(metric.median(results[size][operator]), first) for size in larger]
                lines.append(_row(metric.name, cells))
    return "\n".join(lines)


def document(results: Mapping[int, Mapping[str, Runs]], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return every run with the figures of the tables; ``json.dumps(…, default=vars)`` writes it."""
    runs = [run for by_operator in results.values() for runs in by_operator.values() for run in runs]
    return {
        "settings": dict(settings),
        "runs": [vars(run) | {"figures": {metric.name: metric.of(run) for metric in METRICS}} for run in runs],
    }


def _ratio(figure: float, against: float) -> str:
    return f"{figure / against:.2f}" if against else "-"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<48}" + "".join(f"{cell:>12}" for cell in cells)
