"""Three manifests in one Application do the whole procedure, and leave nothing on either side when they go."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest

from atlas_simulator import SimulatorThread
from cluster.confluent import ENVIRONMENT
from cluster.waiting import wait_until
from gitops.application import SECONDS, WAITING_FOR_THE_PEERING, Application
from gitops.manifests import LATER, PEERING, Manifest, confluent_secret, consumer, in_waves, procedure, secret

pytestmark = pytest.mark.argocd

KINDS = {"sacct": "StreamsAccountDetails", "cfp": "ConfluentPeering", "svp": "StreamsVpcPeering"}
NUMBERS = count(200)

Manifests = Callable[[str], list[Manifest]]


@dataclass(frozen=True)
class BothSides:
    """A network of the test's own, and what comes of it in Confluent Cloud and in Atlas."""

    simulator: SimulatorThread
    network: str

    @property
    def phases(self) -> list[str | None]:
        """The phase of each peering that the network ever had; None: it is gone."""
        return [each.phase for each in self.simulator.confluent.peerings(self.network)]

    @property
    def cloud_statuses(self) -> list[str]:
        """What Atlas says of each connection that the network's VPC ever requested."""
        vpc = self.simulator.confluent.network(self.network).vpc
        return [each.cloud_status for each in self.simulator.connections() if each.requester.vpc_id == vpc]

    def are_connected(self) -> bool:
        """Whether there is one peering, and it carries traffic."""
        return self.phases == ["READY"] and self.cloud_statuses == ["active"]

    def are_empty(self) -> bool:
        """Whether nothing is left of one peering."""
        return self.phases == [None] and self.cloud_statuses in (["deleted"], ["rejected"])


@pytest.fixture
def both_sides(atlas: SimulatorThread) -> BothSides:
    cidr = f"10.{next(NUMBERS)}.0.0/16"
    return BothSides(atlas, atlas.confluent.add_network(environment=ENVIRONMENT, cidr=cidr, ready_after=0))


def at_once(network: str) -> list[Manifest]:
    return [secret(), confluent_secret(), *procedure(network)]


def one_after_the_other(network: str) -> list[Manifest]:
    """Both Secrets, the details, the requester, the accepter and what needs them, each in a wave of its own."""
    return in_waves(secret(), confluent_secret(), *procedure(network), consumer())


IN_EITHER_WAY = pytest.mark.parametrize("manifests", [at_once, one_after_the_other], ids=["at once", "in waves"])


@IN_EITHER_WAY
def test_the_three_manifests_become_synced_and_healthy_and_are_pruned_without_a_trace(
    application: Application, both_sides: BothSides, manifests: Manifests
) -> None:
    application.commit(manifests(both_sides.network))
    application.create()
    application.wait_for_operation("Succeeded")
    is_synced_and_connected(application, both_sides)

    revision = application.commit([secret(), confluent_secret()])
    application.refresh()

    application.wait_for(sync="Synced", health="Healthy", revision=revision)
    nothing_is_left(application, both_sides)


@IN_EITHER_WAY
def test_deleting_the_application_leaves_nothing_on_either_side(
    application: Application, both_sides: BothSides, manifests: Manifests
) -> None:
    application.commit(manifests(both_sides.network))
    application.create()
    is_synced_and_connected(application, both_sides)

    application.delete()

    application.wait_gone()
    nothing_is_left(application, both_sides)


def test_who_accepts_may_be_in_a_later_wave_than_who_requests(application: Application, both_sides: BothSides) -> None:
    *first, accepter = procedure(both_sides.network)
    suspended = {**accepter, "spec": {**accepter["spec"], "suspend": True}}
    application.commit(in_waves(secret(), confluent_secret(), *first, suspended, consumer()))
    application.create()

    # The wave of the accepter has begun, although the peering carries no traffic yet.
    application.wait_for_operation("Running", saying=WAITING_FOR_THE_PEERING)
    requester = application.health_of("ConfluentPeering", PEERING)
    assert requester["status"] == "Healthy"
    assert "is PENDING_ACCEPT: accept the connection" in requester["message"]
    assert application.namespace.get(LATER, "configmap") is None
    assert both_sides.phases == ["PENDING_ACCEPT"]

    application.run_action("resume", "StreamsVpcPeering", PEERING)

    application.wait_for_operation("Succeeded")
    wait_until(both_sides.are_connected, "both sides are connected", seconds=SECONDS)
    assert application.namespace.get(LATER, "configmap") is not None


def is_synced_and_connected(application: Application, both_sides: BothSides) -> None:
    application.wait_for(sync="Synced", health="Healthy")
    wait_until(both_sides.are_connected, "both sides are connected", seconds=SECONDS)
    healths = {kind: application.health_of(kind, PEERING).get("status") for kind in KINDS.values()}
    assert healths == dict.fromkeys(KINDS.values(), "Healthy")


def nothing_is_left(application: Application, both_sides: BothSides) -> None:
    assert [kind for kind in KINDS if application.namespace.get(PEERING, kind) is not None] == []
    assert both_sides.are_empty(), (both_sides.phases, both_sides.cloud_statuses)
