"""For each reason a message as the operator words it, for the documents to quote."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.connection_states import state_of
from atlas_streams_peering.atlas.error_mapping import PROJECT_CODES, error_of
from atlas_streams_peering.atlas.models import Connection, Container, Peer
from atlas_streams_peering.atlas.secrets import read_credentials
from atlas_streams_peering.confluent.client import parse_network, parse_peering
from atlas_streams_peering.confluent.error_mapping import error_of as confluent_error_of
from atlas_streams_peering.controller.decision import Progress, Readiness
from atlas_streams_peering.controller.messages import invalid_spec
from atlas_streams_peering.kinds.confluent_peering import messages as confluent_messages
from atlas_streams_peering.kinds.confluent_peering.network import NoNetwork, obstacle
from atlas_streams_peering.kinds.confluent_peering.resource import AtlasNetwork
from atlas_streams_peering.kinds.streams_account_details import messages as details_messages
from atlas_streams_peering.kinds.streams_account_details.resource import CloudProvider
from atlas_streams_peering.kinds.streams_outbound_vpc_peering import messages as outbound_messages
from atlas_streams_peering.kinds.streams_outbound_vpc_peering.matching import Place
from atlas_streams_peering.kinds.streams_outbound_vpc_peering.resource import StreamsOutboundVpcPeeringSpec
from atlas_streams_peering.kinds.streams_vpc_peering import messages
from atlas_streams_peering.kinds.streams_vpc_peering.matching import Identity, differences
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from atlas_streams_peering.kinds.streams_vpc_peering.resource import ActionType, DesiredState
from atlas_streams_peering.kinds.streams_vpc_peering.transitions import STEPS
from atlas_streams_peering.kinds.streams_vpc_peering_policy import messages as policy_messages
from atlas_streams_peering.kube.api import KubernetesError
from atlas_streams_peering.kube.objects import KubernetesObject
from atlas_streams_peering.kube.writer import WriteRefused
from atlas_streams_peering.transport.credentials import IncompleteCredentialsError
from atlas_streams_peering.transport.errors import CredentialsInvalid
from atlas_streams_peering.transport.response import Response

PROJECT: Final = "671a86f4cfc9da7d7c31b14f"
ACCOUNT: Final = "417601102659"
VPC: Final = "vpc-0d13eb6a2f0377854"
NAME: Final = "pcx-09277e1e81d0751c1"
KIND: Final = StreamsVpcPeeringKind(Atlas("https://atlas.example"))
ROLES: Final = {
    "list connections": "Project Read Only",
    "read the account details for aws EU_WEST_3": "Project Read Only",
    "accept": "Project Stream Processing Owner",
}


def connection(cloud_status: str, **fields: str) -> Connection:
    return Connection(
        **{
            "name": NAME,
            "requester_account_id": ACCOUNT,
            "requester_vpc_id": VPC,
            "requester_cidr": "10.0.0.0/16",
            "cloud_status": cloud_status,
            **fields,
        }
    )


def identity(**fields: str | None) -> Identity:
    known: dict[str, Any] = {"project_id": PROJECT, "account_id": ACCOUNT, "vpc_id": VPC, "cidr": None, "pinned": None}
    return Identity(**{**known, **fields})


def followed(wanted: DesiredState, cloud_status: str, **fields: str) -> str:
    """What is said of a connection in this state."""
    seen = connection(cloud_status, **fields)
    return messages.follow(STEPS[wanted][state_of(seen)], seen, wanted=wanted, pinned=False)


def suspended() -> str:
    readiness = Readiness(Reason.ACCEPTING, "", Progress.RECONCILING)
    return messages.suspended(readiness, connection("pending-acceptance"), deleting=False)


def mismatch() -> str:
    found = connection("pending-acceptance", requester_cidr="10.9.0.0/16")
    return messages.mismatch(found, differences(identity(cidr="10.0.0.0/16", pinned=NAME), found), pinned=True)


def ambiguous() -> str:
    one = connection("pending-acceptance", accepter_vpc_id="vpc-0ddfd37072cc5ed61")
    other = connection("pending-acceptance", name="pcx-0b4e5d3f2a1c09876", accepter_vpc_id="vpc-0a1b2c3d4e5f60718")
    return messages.ambiguous((one, other))


def answered(status: int, code: str | None, detail: str, *parameters: str, doing: str = "list connections") -> str:
    """What is said of an answer of Atlas'."""
    return str(
        error_of(
            response(status, code, detail, *parameters), role=ROLES[doing.split(" pcx", maxsplit=1)[0]], doing=doing
        )
    )


def response(status: int, code: str | None, detail: str, *parameters: str) -> Response:
    body: dict[str, Any] = {"error": status, "detail": detail, "parameters": list(parameters)}
    request = httpx.Request("GET", "https://atlas.example")
    answer = httpx.Response(status, json=body if code is None else {**body, "errorCode": code}, request=request)
    return Response(answer)


def answered_by_confluent(status: int, detail: str, *, doing: str, creates: bool = False) -> str:
    """What is said of an answer of Confluent Cloud's."""
    answer = httpx.Response(
        status,
        json={"errors": [{"status": str(status), "detail": detail}]},
        request=httpx.Request("GET", "https://confluent.example"),
    )
    return str(confluent_error_of(Response(answer), doing=doing, environment_id="env-a1b2c3", creates=creates))


def no_project() -> str:
    answer = response(404, "GROUP_NOT_FOUND", f"No group with ID {PROJECT} exists.")
    doing = "list connections"
    return str(error_of(answer, role=ROLES[doing], doing=doing, project_id=PROJECT, project_codes=PROJECT_CODES))


OUTBOUND: Final = StreamsOutboundVpcPeeringSpec(
    project_id=PROJECT,
    region="US_EAST_1",
    aws_account_id=ACCOUNT,
    vpc_id=VPC,
    route_table_cidr_block="10.0.0.0/16",
    accepter_region="us-east-1",
)


def outbound(status_name: str) -> str:
    """What is said of an outbound peering in this state."""
    peer = Peer(
        id="6759e61aa6cf0a5476e233d1",
        connection_id=None if status_name == "INITIATING" else NAME,
        status_name=status_name,
    )
    container = Container(id="c" * 24, vpc_id="vpc-0ef7efa5ceca36e2f", atlas_cidr_block="192.168.248.0/21")
    return outbound_messages.follow(peer, container, OUTBOUND)


def incomplete_secret() -> str:
    try:
        read_credentials({"publicApiKey": "abcdefgh"})
    except IncompleteCredentialsError as error:
        return f"Secret streaming/atlas-api {error}."
    raise AssertionError("half a key is no key")


def confluent_peering(phase: str) -> str:
    """What is said of a peering in this phase."""
    return confluent_messages.follow(
        parse_peering({"id": "peer-abc123", "status": {"phase": phase}}),
        atlas=AtlasNetwork(
            account_id="974404375205",
            vpc_id="vpc-0ef7efa5ceca36e2f",
            cidr_block="192.168.248.0/21",
            region="US_EAST_1",
        ),
        requester_vpc=VPC,
        obj="orders",
        differences=(),
    )


def confluent_network(phase: str | None, *, cloud: str = "AWS", **error: str) -> str:
    """What is said of a network in this phase; None: of one that does not exist."""
    name = "n-abc123"
    network = parse_network({"spec": {"cloud": cloud}, "status": {"phase": phase, **error}})
    absent = NoNetwork(answered_by_confluent(404, "The network does not exist.", doing=f"read network {name}"))
    said = obstacle(network if phase else absent, name, "env-abc123")
    assert said is not None
    return said.message


def invalid() -> str:
    """What is said of a stored spec that does not parse."""
    spec = {"projectId": PROJECT, "requester": {"accountId": ACCOUNT, "vpcId": VPC}, "desiredState": "Kept"}
    body = {"metadata": {"name": "orders", "namespace": "streaming", "uid": "1"}, "spec": spec}
    problem = KIND.read(KubernetesObject.read(body)).invalid
    assert problem is not None
    return invalid_spec(problem)


_OVERLAP = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
_LIMITED = "Resource /streams/vpcPeeringConnections is limited to 500 requests every 60 seconds."

_DENIED = KubernetesError(
    403, "Forbidden", 'admission webhook "policy.example.com" denied the request: finalizers are not allowed'
)

MESSAGES: Final[Mapping[Reason, str]] = {
    Reason.ACTIVE: followed(DesiredState.ACCEPTED, "active"),
    Reason.REJECTED: followed(DesiredState.REJECTED, "rejected"),
    Reason.DELETED: messages.nothing_to_delete(NAME),
    Reason.WAITING_FOR_REQUEST: messages.waiting(identity(), ()),
    Reason.ACCEPTING: followed(DesiredState.ACCEPTED, "pending-acceptance"),
    Reason.PROVISIONING: followed(DesiredState.ACCEPTED, "provisioning"),
    Reason.REJECTING: followed(DesiredState.REJECTED, "pending-acceptance"),
    Reason.DELETING: followed(DesiredState.DELETED, "deleting"),
    Reason.SUSPENDED: suspended(),
    Reason.REQUEST_EXPIRED: followed(DesiredState.ACCEPTED, "expired"),
    Reason.REQUEST_FAILED: followed(
        DesiredState.ACCEPTED,
        "failed",
        status_message=_OVERLAP,
    ),
    Reason.REQUEST_REJECTED: followed(DesiredState.ACCEPTED, "rejected"),
    Reason.CONNECTION_DELETED: messages.gone(NAME, Reason.CONNECTION_DELETED),
    Reason.AMBIGUOUS_REQUEST: ambiguous(),
    Reason.REQUESTER_MISMATCH: mismatch(),
    Reason.CANNOT_REJECT: followed(DesiredState.REJECTED, "active"),
    Reason.ALREADY_MANAGED: messages.already_managed(connection("active"), "streaming/orders"),
    Reason.REFERENCE_NOT_READY: messages.reference_not_ready("orders"),
    Reason.AVAILABLE: details_messages.available(
        CloudProvider.AWS, "US_EAST_1", "974404375205", "vpc-0ef7efa5ceca36e2f", "192.168.248.0/21"
    ),
    Reason.REGION_NOT_AVAILABLE: details_messages.region_not_available(
        CloudProvider.AWS,
        "EU_WEST_3",
        answered(
            404,
            "CLOUD_PROVIDER_CONTAINER_NOT_FOUND",
            "The project has no network in this region of the cloud provider.",
            doing="read the account details for aws EU_WEST_3",
        ),
    ),
    Reason.CONFIG_MAP_CONFLICT: details_messages.config_map_conflict("atlas-network", None),
    Reason.INITIATING: outbound("INITIATING"),
    Reason.FINALIZING: outbound("FINALIZING"),
    Reason.CONTAINER_NOT_FOUND: outbound_messages.container_not_found(Place.of(OUTBOUND)),
    Reason.WATCHING: policy_messages.watching([ACCOUNT], 3, 2),
    Reason.LIMIT_REACHED: policy_messages.limit_reached(2, 25, 25),
    Reason.NAME_TAKEN: policy_messages.names_taken([NAME]),
    Reason.REFUSED: answered_by_confluent(
        402, "Quota exceeded: the network allows 25 peerings.", doing="create peering orders", creates=True
    ),
    Reason.CONNECTED: confluent_peering("READY"),
    Reason.PENDING_ACCEPTANCE: confluent_peering("PENDING_ACCEPT"),
    Reason.DISCONNECTED: confluent_peering("DISCONNECTED"),
    Reason.NETWORK_NOT_READY: confluent_network("PROVISIONING"),
    Reason.NETWORK_NOT_FOUND: confluent_network(None),
    Reason.NETWORK_FAILED: confluent_network("FAILED", error_code="QUOTA", error_message="no capacity in this region."),
    Reason.NETWORK_UNSUPPORTED: confluent_network("READY", cloud="GCP"),
    Reason.INVALID_SPEC: invalid(),
    Reason.WRITE_REFUSED: str(WriteRefused("the finalizer", str(_DENIED))),
    Reason.OBSERVED: KIND.observed_message,
    Reason.CREDENTIALS_MISSING: incomplete_secret(),
    Reason.CREDENTIALS_INVALID: str(
        CredentialsInvalid(answered(401, None, "You are not authorized for this resource.")).naming(
            "streaming/atlas-api", "the value of privateApiKey is in quotes"
        )
    ),
    Reason.UNAUTHORIZED: messages.refused(
        ActionType.ACCEPT,
        NAME,
        answered(
            401,
            "USER_UNAUTHORIZED",
            "Current user is not authorized to perform this action.",
            doing=f"accept {NAME}",
        ),
        deleting=False,
    ),
    Reason.ACCESS_LIST_BLOCKED: answered(
        403,
        "IP_ADDRESS_NOT_ON_ACCESS_LIST",
        "IP address 203.0.113.7 is not allowed to access this resource.",
        "203.0.113.7",
    ),
    Reason.PROJECT_NOT_FOUND: no_project(),
    Reason.RATE_LIMITED: answered(429, "RATE_LIMITED_TOKEN_BUCKET", _LIMITED),
    Reason.ATLAS_UNAVAILABLE: answered(503, "SERVICE_UNAVAILABLE", "The service is not available."),
    Reason.CONFLUENT_UNAVAILABLE: answered_by_confluent(
        503, "The service is not available.", doing="list the peerings of network n-abc123"
    ),
}
