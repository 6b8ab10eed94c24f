"""Manifests for connections that exist already: what ``adopt`` prints. No I/O."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..api.base import DeletionPolicy
from ..api.group import API_VERSION
from ..atlas.connection_states import CloudState
from ..kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING, DesiredState
from .exit_codes import ExitCode
from .failures import Failure
from .peerings import Peering

Manifest = dict[str, Any]

_AS_IT_IS: Final = {
    CloudState.PENDING: DesiredState.ACCEPTED,
    CloudState.PROVISIONING: DesiredState.ACCEPTED,
    CloudState.ACTIVE: DesiredState.ACCEPTED,
    CloudState.REJECTED: DesiredState.REJECTED,
    CloudState.DELETING: DesiredState.DELETED,
    CloudState.DELETED: DesiredState.DELETED,
}
"""The desired state in which the operator changes nothing; a pending request needs `suspend`, too."""

_BY_ITSELF: Final = frozenset({CloudState.PENDING, CloudState.PROVISIONING, CloudState.ACTIVE})
"""States of connections that are adopted without being named."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a manifest contains besides the connection."""

    namespace: str | None
    """None: the manifest names no namespace, and the person who applies it chooses one."""
    secret: str | None
    """Name of the Secret with Atlas credentials; None: the operator's default credentials."""
    deletion_policy: DeletionPolicy


def chosen(peerings: Iterable[Peering], names: Sequence[str]) -> list[Peering]:
    """Return the connections to adopt: those named, else all live ones that no object manages or matches.

    Raises
    ------
    Failure
        A connection that the command line names cannot be adopted.
    """
    known = tuple(peerings)
    if not names:
        return [one for one in known if not one.ownership.all and one.state in _BY_ITSELF]
    found = []
    for name in dict.fromkeys(names):
        peering = next((one for one in known if one.name == name), None)
        if peering is None:
            raise Failure(f"Atlas lists no connection {name}.", ExitCode.NOT_FOUND)
        if peering.ownership.owner is not None:
            raise Failure(f"StreamsVpcPeering {peering.ownership.owner} manages {name} already.", ExitCode.REFUSED)
        if peering.state not in _AS_IT_IS:
            raise Failure(f"{name} is {peering.connection.cloud_status}: there is nothing to adopt.", ExitCode.REFUSED)
        found.append(peering)
    return found


def manifest(peering: Peering, details: Details) -> Manifest:
    """Return a StreamsVpcPeering that describes a connection as it is: applying it changes nothing in Atlas.

    A request that is pending is suspended, because the operator would accept it.

    Raises
    ------
    Failure
        Atlas does not say from which account the connection comes.
    """
    row = peering.connection
    if row.requester_account_id is None:
        raise Failure(f"Atlas does not say from which account {row.name} comes: it cannot be adopted.")
    requester = {"accountId": row.requester_account_id, "vpcId": row.requester_vpc_id, "cidr": row.requester_cidr}
    spec = {
        "projectId": peering.project,
        "credentialsSecretRef": {"name": details.secret} if details.secret else None,
        "requester": {key: value for key, value in requester.items() if value},
        "connectionName": row.name,
        "desiredState": _AS_IT_IS[peering.state].value,
        "deletionPolicy": details.deletion_policy.value,
        "suspend": True if peering.state is CloudState.PENDING else None,
    }
    metadata = {"name": row.name, "namespace": details.namespace}
    return {
        "apiVersion": API_VERSION,
        "kind": STREAMS_VPC_PEERING.kind,
        "metadata": {key: value for key, value in metadata.items() if value},
        "spec": {key: value for key, value in spec.items() if value is not None},
    }


def remarks(peerings: Sequence[Peering], details: Details) -> list[str]:
    """Return what a person should know before applying the manifests, in sentences."""
    sentences = []
    pending = [one.name for one in peerings if one.state is CloudState.PENDING]
    if pending:
        sentences.append(
            f"Suspended, because the operator would accept: {', '.join(pending)}. To accept, remove spec.suspend."
        )
    if peerings and details.secret is None:
        sentences.append(
            "The manifests name no Secret, so the operator uses its default credentials. To name one, use --secret-ref."
        )
    if peerings and details.deletion_policy is DeletionPolicy.RETAIN:
        sentences.append(
            "With deletionPolicy: Retain, deleting an object leaves its connection. Set Delete once the objects are "
            "where you want them."
        )
    return sentences
