"""StreamsOutboundVpcPeerings in a test's namespace, and what happens to their peerings in Atlas and AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from atlas_simulator import OutboundPeering, SimulatorThread
from cluster.atlas import quick_atlas
from cluster.namespace import ACCOUNT, PROJECT, PUBLIC_KEY, SECRET, Namespace, vpc
from cluster.waiting import wait_until

Manifest = dict[str, Any]

CHANGES: Final = ("create-container", "create-peer", "update-peer", "delete-peer", "delete-container")
QUICK: Final = {"initiating": 0.2, "noticing": 0.1, "finalizing": 0.3, "terminating": 0.3}


@contextmanager
def quick_outbound_atlas() -> Iterator[SimulatorThread]:
    """Atlas, quick, with a container in US_EAST_1; the key is of an owner of the project."""
    with quick_atlas() as atlas:
        atlas.configure({"network_peering": {"delays": QUICK, "maximum": 500, "maximum_pending": 500}})
        atlas.set_role(PUBLIC_KEY, PROJECT, "project-owner")
        atlas.network_peering.add_container(PROJECT, "US_EAST_1")
        yield atlas


def outbound(name: str, number: int, *, project: str = PROJECT, secret: str | None = SECRET, **spec: Any) -> Manifest:
    """Return a manifest whose peering leads to VPC `number`; keywords are fields of spec."""
    reference = {"credentialsSecretRef": {"name": secret}} if secret else {}
    region = {} if "containerId" in spec else {"region": "US_EAST_1"}
    given = {
        "projectId": project,
        **reference,
        **region,
        "awsAccountId": ACCOUNT,
        "vpcId": vpc(number),
        "routeTableCidrBlock": f"10.{number}.0.0/16",
        "accepterRegion": "us-east-1",
        **spec,
    }
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsOutboundVpcPeering",
        "metadata": {"name": name},
        "spec": {key: value for key, value in given.items() if value is not None},
    }


class OutboundNamespace(Namespace):
    """A namespace whose objects are StreamsOutboundVpcPeerings unless said otherwise."""

    KIND = "sop"


def peers_of(atlas: SimulatorThread, number: int, *, project: str = PROJECT) -> list[OutboundPeering]:
    """Return the peerings that Atlas has with VPC `number`."""
    return [peer for peer in atlas.network_peering.peers(project) if peer.vpc_id == vpc(number)]


def accept(atlas: SimulatorThread, number: int, *, project: str = PROJECT) -> None:
    """Accept the peering with VPC `number` in AWS, once it is there."""

    def pending() -> list[OutboundPeering]:
        return [peer for peer in peers_of(atlas, number, project=project) if peer.status_name == "PENDING_ACCEPTANCE"]

    [peer] = wait_until(pending, f"a peering with VPC {number} is pending")
    atlas.network_peering.accept(peer.connection_id or "")


def creations(atlas: SimulatorThread, number: int, *, project: str = PROJECT) -> int:
    """Return how many peerings with VPC `number` Atlas has ever made."""
    return sum(peer.vpc_id == vpc(number) for peer in atlas.simulation.network_peers.all(project))
