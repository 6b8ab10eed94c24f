"""One object on its way through a reconcile: what it wants, and what was last said of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ...controller.reporting import own_status
from ...controller.resources import Resource
from ...transport.credentials import Credentials
from .matching import Identity
from .ownership import Claim
from .resource import DeletionPolicy, StreamsVpcPeeringSpec, StreamsVpcPeeringStatus
from .states import cloud_state
from .status import Context


@dataclass(frozen=True, slots=True)
class Case:
    """An object as it was read, and its parts."""

    resource: Resource
    spec: StreamsVpcPeeringSpec
    status: StreamsVpcPeeringStatus

    @classmethod
    def read(cls, resource: Resource) -> "Case":
        """Read an object. Raises pydantic's ValidationError when its spec is not what the CRD allows."""
        spec = StreamsVpcPeeringSpec.model_validate(resource.spec)
        return cls(resource, spec, StreamsVpcPeeringStatus.model_validate(own_status(resource.status)))

    @property
    def poked(self) -> bool:
        """A look at once is asked for, and was not had yet."""
        return self.resource.reconcile_requested not in (None, self.status.last_handled_reconcile_at)

    @property
    def held_alive(self) -> bool:
        """The object held a live connection when that was last seen."""
        status = self.status
        return bool(status.connection_name and status.cloud_status) and not cloud_state(status.cloud_status).dead

    @property
    def retains(self) -> bool:
        """Deleting the object changes nothing in Atlas."""
        return self.spec.deletion_policy is DeletionPolicy.RETAIN

    @property
    def context(self) -> Context:
        """What a status is made from, besides the decision."""
        return Context(self.status, self.resource.generation, datetime.now(UTC), self.resource.reconcile_requested)

    def circumstances(self, credentials: Credentials) -> tuple[object, ...]:
        """Return what, when it changes, makes it worth asking again for a change that Atlas refused."""
        return (self.resource.generation, credentials.fingerprint, self.resource.reconcile_requested)


def claim_of(resource: Resource, identity: Identity) -> Claim:
    """Return what an object claims, for those that might match the same connection."""
    return Claim(
        resource.created,
        resource.namespace,
        resource.name,
        resource.uid,
        identity,
        held=resource.status.get("connectionName"),
        committed="lastAction" in resource.status,
        deleting=resource.deleting,
    )
