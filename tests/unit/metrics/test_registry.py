"""What every replica exports, whatever it does."""

from prometheus_client import generate_latest

from atlas_streams_peering import __version__
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.controller.controller import Result
from atlas_streams_peering.controller.namespaces import Namespaces
from atlas_streams_peering.controller.store import Store
from atlas_streams_peering.kinds.resources import KINDS
from atlas_streams_peering.metrics import Metrics
from unit.kinds.entries import URL


def complete() -> tuple[Metrics, Store]:
    """Return the metrics as the operator registers them."""
    metrics, store = Metrics(), Store()
    metrics.watch_leading(lambda: True)
    metrics.watch_objects(store)
    metrics.watch_work((kind.kind for kind in KINDS), store, [("objects", ())])
    metrics.watch_polls([])
    metrics.watch_namespaces(Namespaces())
    metrics.watch_budgets(Atlas(URL), Confluent(URL))
    return metrics, store


def test_the_version_is_shown() -> None:
    metrics, _ = complete()
    assert metrics.registry.get_sample_value("atlas_streams_peering_build_info", {"version": __version__}) == 1


def test_the_standard_collectors_of_the_process_and_of_python_are_there() -> None:
    metrics, _ = complete()
    names = {family.name for family in metrics.registry.collect()}
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds", "python_info"} <= names
    assert "python_gc_collections" in names


def test_no_series_says_when_a_counter_began() -> None:
    metrics, _ = complete()
    metrics.atlas.request("list", "project", 200, 0.1)
    metrics.reconciles.reconciled("StreamsVpcPeering", Result.SUCCESS, 0.1)
    assert "_created" not in generate_latest(metrics.registry).decode()


def test_each_metric_has_one_type_and_an_explanation() -> None:
    metrics, _ = complete()
    lines = generate_latest(metrics.registry).decode().splitlines()
    types = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    explained = [line.split()[2] for line in lines if line.startswith("# HELP") and line.split()[3:]]
    assert len(types) == len(set(types))
    assert explained == types
