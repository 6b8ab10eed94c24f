"""Finds the object that manages a connection, by the operator's own rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..atlas.connection_states import state_of
from ..atlas.models import Connection
from ..controller.kind import NotReady
from ..controller.resource import InvalidResource, read_resource
from ..kinds.confluent_peering.resource import CONFLUENT_PEERING
from ..kinds.streams_vpc_peering.ownership import Claim, first_owner
from ..kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from ..kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from ..kube.objects import KubernetesObject, ObjectKey
from .objects import Body, Objects


@dataclass(frozen=True, slots=True)
class Owner:
    """An object that manages or matches a connection."""

    kind: str
    namespace: str
    name: str
    reason: str
    """The reason of its Ready condition; empty: the operator has not observed it."""

    @classmethod
    def of(cls, body: Body) -> "Owner":
        """Read an object."""
        conditions = _status(body).get("conditions") or ()
        reasons = (str(one.get("reason") or "") for one in conditions if one.get("type") == "Ready")
        metadata = body["metadata"]
        return cls(str(body["kind"]), metadata["namespace"], metadata["name"], next(reasons, ""))

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def words(self) -> Mapping[str, str]:
        """The owner in JSON."""
        return {
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of one connection, and the other objects that match it."""

    owner: Owner | None
    """The object that manages it."""
    others: tuple[Owner, ...] = ()
    """Objects that match it but do not manage it: it is ambiguous for them, or another object owns it."""

    @property
    def all(self) -> tuple[Owner, ...]:
        """The owner and the other objects."""
        return (*((self.owner,) if self.owner else ()), *self.others)


class Owners:
    """The StreamsVpcPeerings, indexed by the connections that they claim."""

    def __init__(self, kind: StreamsVpcPeeringKind, objects: Objects) -> None:
        references = {
            ObjectKey(CONFLUENT_PEERING.kind, body["metadata"]["namespace"], body["metadata"]["name"]): body.get(
                "status"
            )
            for body in objects.of(CONFLUENT_PEERING)
        }
        self._claims: dict[str, Claim] = {}
        """By uid."""
        self._bodies: dict[str, Body] = {}
        for body in objects.of(STREAMS_VPC_PEERING):
            obj = KubernetesObject.read(body)
            self._bodies[obj.uid] = body
            resource = read_resource(obj, kind.spec, kind.status)
            if isinstance(resource, InvalidResource):
                continue
            context = kind.context(resource, lambda key: references.get(key) or {})
            if not isinstance(context, NotReady):
                self._claims[obj.uid] = context.claim

    def accounts(self, project: str) -> frozenset[str]:
        """Return the requester accounts of a project's objects, from their specs or from their references."""
        named = {claim.identity.account_id for claim in self._claims.values() if claim.project_id == project}
        seen = {
            (_status(body).get("requester") or {}).get("accountId")
            for body in self._bodies.values()
            if _project(body) == project
        }
        return frozenset(named | {str(account) for account in seen if account})

    def of(self, connection: Connection, project: str, connections: Iterable[Connection]) -> Ownership:
        """Return the ownership of a connection. `connections`: all known ones of its project."""
        claims = [claim for claim in self._claims.values() if claim.project_id == project]
        first = first_owner(connection, claims, connections)
        owner = first.uid if first else self._holder(connection, project)
        live = not state_of(connection).terminal
        others = [claim.uid for claim in claims if live and claim.uid != owner and claim.concerns(connection)]
        return Ownership(
            Owner.of(self._bodies[owner]) if owner else None,
            tuple(sorted((Owner.of(self._bodies[uid]) for uid in others), key=str)),
        )

    def _holder(self, connection: Connection, project: str) -> str | None:
        """Return the object whose status holds a connection although its spec cannot be parsed."""
        for uid, body in self._bodies.items():
            unread = uid not in self._claims
            if unread and _project(body) == project and _status(body).get("connectionName") == connection.name:
                return uid
        return None


def _status(body: Body) -> Mapping[str, Any]:
    return body.get("status") or {}


def _project(body: Body) -> str | None:
    return (body.get("spec") or {}).get("projectId")
