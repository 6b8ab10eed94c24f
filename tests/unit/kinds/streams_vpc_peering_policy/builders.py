"""The values that tests of policies are made of: one project, one account, requests numbered from 1."""

from typing import Any

from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim
from atlas_streams_peering.kinds.streams_vpc_peering_policy.resource import StreamsVpcPeeringPolicySpec
from atlas_streams_peering.kinds.streams_vpc_peering_policy.survey import Policy
from unit.kinds.streams_vpc_peering import builders as peerings
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, PROJECT

NAMESPACE = "team-a"
POLICY = Policy(NAMESPACE, "orders", PROJECT)


def pcx(number: int) -> str:
    return f"pcx-{number:017x}"


def vpc(number: int) -> str:
    return f"vpc-{number:017x}"


def request(number: int, cloud_status: str | None = "pending-acceptance", **fields: Any) -> Connection:
    """A request from a VPC of its own, with a CIDR block of its own."""
    given: dict[str, Any] = {
        "requester_account_id": ACCOUNT,
        "requester_vpc_id": vpc(number),
        "requester_cidr": f"10.{number}.0.0/16",
        **fields,
    }
    return peerings.connection(cloud_status, name=pcx(number), **given)


def entry(account: str | None = ACCOUNT, **fields: Any) -> dict[str, Any]:
    return {"accountId": account, **fields} if account else fields


def spec(*requesters: dict[str, Any], **fields: Any) -> StreamsVpcPeeringPolicySpec:
    """A policy's spec: all requests of the account unless said otherwise; `excepted` is its `except`."""
    excepted = fields.pop("excepted", None)
    given = {"projectId": PROJECT, "requesters": list(requesters) or [entry()], "except": excepted, **fields}
    return StreamsVpcPeeringPolicySpec.model_validate({key: value for key, value in given.items() if value is not None})


def own(number: int, **fields: Any) -> Claim:
    """The claim of an object that the policy has made."""
    given: dict[str, Any] = {"policy": POLICY.name, "name": pcx(number), **fields}
    return claim(number, connection_name=pcx(number), **given)


def claim(
    number: int,
    *,
    name: str = "kafka",
    namespace: str = NAMESPACE,
    policy: str | None = None,
    ended: bool = False,
    held: str | None = None,
    deleting: bool = False,
    **spec_fields: Any,
) -> Claim:
    """The claim of an object that somebody has made for a VPC."""
    wanted = peerings.spec(**{"vpc_id": vpc(number), **spec_fields})
    made = peerings.claim(wanted, name=name, namespace=namespace, held=held, deleting=deleting)
    return Claim(
        made.created,
        made.namespace,
        made.name,
        made.uid,
        made.identity,
        made.held,
        deleting=deleting,
        policy=policy,
        ended=ended,
    )
