"""Objects and connections, as the plugin reads them."""

from typing import Any

from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from atlas_streams_peering.plugin.objects import Objects
from atlas_streams_peering.plugin.owners import Owner, Owners, Ownership
from atlas_streams_peering.plugin.peerings import Peering
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, NAME, PROJECT, VPC, connection

OWNER = Owner("StreamsVpcPeering", "team-a", "kafka", "Active")
MATCHING = Owner("StreamsVpcPeering", "team-b", "stream", "AmbiguousRequest")
NOBODY = Ownership(None)


def peering(
    cloud_status: str | None = "active",
    *,
    name: str = NAME,
    ownership: Ownership = NOBODY,
    certain: bool = True,
    **fields: Any,
) -> Peering:
    """Return a connection from our VPC, which nobody manages unless said otherwise."""
    return Peering(PROJECT, connection(cloud_status, name=name, **fields), ownership, certain=certain)


def svp(name: str = "kafka", *, status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """Return the body of a StreamsVpcPeering; keywords are fields of spec."""
    given = {"projectId": PROJECT, "requester": {"accountId": ACCOUNT, "vpcId": VPC}, **spec}
    return body("StreamsVpcPeering", name, given, status)


def body(
    kind: str, name: str, spec: dict[str, Any], status: dict[str, Any] | None = None, namespace: str = "team-a"
) -> dict[str, Any]:
    metadata = {
        "namespace": namespace,
        "name": name,
        "uid": f"uid-{namespace}-{name}",
        "generation": 1,
        "creationTimestamp": "2024-12-10T08:00:00Z",
    }
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": status or {}}


def objects_of(*bodies: dict[str, Any]) -> Objects:
    kinds = {one["kind"] for one in bodies}
    return Objects({kind: tuple(one for one in bodies if one["kind"] == kind) for kind in kinds})


def owners_among(*bodies: dict[str, Any]) -> Owners:
    return Owners(StreamsVpcPeeringKind(Atlas("https://atlas.example")), objects_of(*bodies))
