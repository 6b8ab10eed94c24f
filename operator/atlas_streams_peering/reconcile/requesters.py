"""Who is waited for: named by the spec, or told by the ConfluentPeering that made the request."""

from typing import Final, NamedTuple

from ..api.group import API_VERSION
from ..api.peering import PeeringSide, StreamsVpcPeeringSpec
from ..kubernetes_api import KubernetesApi, KubernetesError

_CONFLUENT_PEERINGS: Final = "confluentpeerings"


class RequesterName(NamedTuple):
    """The account and VPC of the requester."""

    account_id: str
    vpc_id: str | None


async def find_requester(
    api: KubernetesApi, namespace: str, spec: StreamsVpcPeeringSpec, known: PeeringSide | None
) -> RequesterName | None:
    """Return who is waited for; None: the ConfluentPeering does not say yet.

    `known` is what an earlier look has written down: a reference that is gone does not undo what it
    once said, because the connection is still there.
    """
    requester = spec.requester
    if requester.confluent_peering_ref is None:
        return None if requester.account_id is None else RequesterName(requester.account_id, requester.vpc_id)
    name = requester.confluent_peering_ref.name
    try:
        peering = await api.get(f"/apis/{API_VERSION}/namespaces/{namespace}/{_CONFLUENT_PEERINGS}/{name}")
    except KubernetesError as error:
        if not error.gone:
            raise
        peering = {}
    said = (peering.get("status") or {}).get("requester") or {}
    account_id = said.get("accountId") or (known.account_id if known else None)
    vpc_id = said.get("vpcId") or (known.vpc_id if known else None)
    return RequesterName(account_id, vpc_id) if account_id and vpc_id else None
