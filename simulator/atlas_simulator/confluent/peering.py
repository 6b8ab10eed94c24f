"""One peering of Confluent Cloud towards an AWS VPC, and its phases over time."""

from dataclasses import dataclass, field, replace

from atlas_simulator.confluent.link import Links, resource_name
from atlas_simulator.confluent.network import Network, kind_name, timestamp
from atlas_simulator.confluent.phase import DEPROVISIONING, PROVISIONING, ForcedPhases, Phase, phase_at_aws
from atlas_simulator.confluent.settings import ConfluentDelays, ConfluentOutcomes
from atlas_simulator.connection import Connection


@dataclass(frozen=True, slots=True)
class PeeringSpec:
    """What a client asks for."""

    account: str
    vpc: str
    routes: tuple[str, ...]
    customer_region: str
    display_name: str | None = None


@dataclass(eq=False, slots=True)
class Peering:
    """A peering; times are seconds since the epoch."""

    id: str
    network: Network
    spec: PeeringSpec
    created: float
    delays: ConfluentDelays
    outcomes: ConfluentOutcomes
    connection: Connection | None = None
    """The connection at AWS; it is in the future while Confluent still provisions the peering."""
    failure: Phase | None = None
    """The phase after provisioning when Confluent cannot request a connection at AWS."""
    updated: float = 0.0
    deleted: float | None = None
    gone: float | None = None
    """When the peering is not found any more; ``None`` before its deletion, and when that never completes."""
    forced: ForcedPhases = field(default_factory=ForcedPhases)

    @property
    def environment(self) -> str:
        """The environment of its network."""
        return self.network.environment

    def at(self, time: float) -> Phase | None:
        """Return the phase at a time, or ``None`` when the peering is not there."""
        if time < self.created or (self.gone is not None and time >= self.gone):
            return None
        if self.deleted is not None and time >= self.deleted:
            return Phase(DEPROVISIONING)
        return self.forced.at(time) or self._at_aws(time)

    def delete(self, now: float, *, not_before: float | None) -> None:
        """Start the deletion, which ends with its delay, but not before a time; with ``None`` it never ends."""
        self.deleted = self.updated = now
        self.gone = None if not_before is None else max(now + self.delays.deprovisioning, not_before)

    def rename(self, now: float, display_name: str | None) -> None:
        """Change the display name."""
        self.spec, self.updated = replace(self.spec, display_name=display_name), now

    def document(self, phase: Phase, links: Links, *, long_kinds: bool) -> dict[str, object]:
        """Return the document in a phase."""
        spec: dict[str, object] = {
            "cloud": {
                "account": self.spec.account,
                "customer_region": self.spec.customer_region,
                "kind": kind_name("AwsPeering", long=long_kinds),
                "routes": list(self.spec.routes),
                "vpc": self.spec.vpc,
            },
            "environment": links.environment_reference(self.environment),
            "network": links.network_reference(self.environment, self.network.id),
        }
        if self.spec.display_name is not None:
            spec["display_name"] = self.spec.display_name
        return {
            "api_version": "networking/v1",
            "id": self.id,
            "kind": "Peering",
            "metadata": {
                "created_at": timestamp(self.created),
                "resource_name": resource_name(environment=self.environment, network=self.network.id, peering=self.id),
                "self": links.peering(self.environment, self.id),
                "updated_at": timestamp(self.updated or self.created),
            },
            "spec": spec,
            "status": phase.document(),
        }

    def _at_aws(self, time: float) -> Phase:
        if self.connection is not None:
            return phase_at_aws(self.connection, time - self.delays.noticing, self.outcomes)
        if self.failure is not None and time >= self.created + self.delays.provisioning:
            return self.failure
        return Phase(PROVISIONING)
