"""Who is waited for: named by the spec, or told by the ConfluentPeering that made the request."""

import logging
from typing import Final, NamedTuple

from ..api.group import API_VERSION
from ..kinds.streams_vpc_peering.resource import StreamsVpcPeeringSpec, StreamsVpcPeeringStatus
from ..kinds.streams_vpc_peering.states import cloud_state
from ..kube.api import KubernetesApi, KubernetesError, path_segment

logger = logging.getLogger(__name__)

_CONFLUENT_PEERINGS: Final = "confluentpeerings"


class RequesterName(NamedTuple):
    """The account and VPC of the requester."""

    account_id: str
    vpc_id: str | None


async def find_requester(
    api: KubernetesApi, namespace: str, spec: StreamsVpcPeeringSpec, status: StreamsVpcPeeringStatus
) -> RequesterName | None:
    """Return who is waited for; None: the ConfluentPeering does not say yet.

    A reference that goes, or comes to mean another network, does not undo what it once said: while
    the object holds a live connection, that connection's requester stays its own.
    """
    requester = spec.requester
    if requester.confluent_peering_ref is None:
        return None if requester.account_id is None else RequesterName(requester.account_id, requester.vpc_id)
    known = status.requester
    live = status.connection_name and not cloud_state(status.cloud_status).dead
    if live and known is not None and known.account_id and known.vpc_id:
        return RequesterName(known.account_id, known.vpc_id)
    name = requester.confluent_peering_ref.name
    collection = f"/apis/{API_VERSION}/namespaces/{namespace}/{_CONFLUENT_PEERINGS}"
    try:
        peering = await api.get(f"{collection}/{path_segment(name)}")
    except KubernetesError as error:
        if error.status not in (403, 404):
            raise
        if error.status == 403:
            logger.warning("ConfluentPeering %s/%s may not be read: %s", namespace, name, error)
        peering = {}
    said = (peering.get("status") or {}).get("requester") or {}
    account_id = said.get("accountId") or (known.account_id if known else None)
    vpc_id = said.get("vpcId") or (known.vpc_id if known else None)
    return RequesterName(account_id, vpc_id) if account_id and vpc_id else None
