"""Objects of every kind, as the operator knows them."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.controller.kind import Kind
from atlas_streams_peering.controller.store import Entry, Store
from atlas_streams_peering.kinds.reconcilers import kinds
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.config_maps import ConfigMaps
from atlas_streams_peering.kube.labelled import LabelledObjects
from atlas_streams_peering.kube.objects import KubernetesObject

NAMESPACE: Final = "team-a"
URL: Final = "http://127.0.0.1:1"


@cache
def all_kinds() -> dict[str, Kind[Any, Any, Any]]:
    """Return the kinds that the operator reconciles, by their names; they ask nobody anything."""
    nobody = cast("Any", None)
    peerings = LabelledObjects(nobody, STREAMS_VPC_PEERING, may_act=lambda: False, seen=lambda _body: None)
    served = kinds(Atlas(URL), Confluent(URL), ConfigMaps(nobody), peerings)
    return {kind.resource.kind: kind for kind in served}


def body(name: str, *conditions: tuple[str, str, str], version: int = 1, **status: object) -> dict[str, Any]:
    """Return an object as the API server shows it; each condition is its type, status and reason."""
    return {
        "metadata": {
            "namespace": NAMESPACE,
            "name": name,
            "uid": f"uid-of-{name}",
            "resourceVersion": str(version),
            "generation": 1,
        },
        "spec": {"projectId": "671a86f4cfc9da7d7c31b14f"},
        "status": {
            "conditions": [
                {
                    "type": kind,
                    "status": word,
                    "reason": reason,
                    "message": "It is so.",
                    "lastTransitionTime": "2024-12-12T12:00:00Z",
                }
                for kind, word, reason in conditions
            ],
            **status,
        },
    }


def put(store: Store, kind: str, shown: Mapping[str, Any]) -> Entry:
    """Let the store know an object."""
    entry = store.put(all_kinds()[kind], KubernetesObject.read(shown))
    assert entry is not None
    return entry
