"""The network peering endpoints, from Atlas to a customer's VPC (version 2023-01-01)."""

from collections.abc import Callable
from dataclasses import replace

from atlas_simulator.admission import NETWORK_PEERING, Admission
from atlas_simulator.bodies import AWS_ONLY, network_of, read_body
from atlas_simulator.clock import Clock
from atlas_simulator.directory import Role
from atlas_simulator.faults import FaultKind
from atlas_simulator.media_types import media_type
from atlas_simulator.messages import Answer, refusal
from atlas_simulator.network_peer import Peer, PeerState
from atlas_simulator.network_peers import NetworkPeers
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.pages import one, page_of
from atlas_simulator.parameters import boolean, invalid, refuse_envelope, refused
from atlas_simulator.regions import REGIONS, CloudProvider
from atlas_simulator.settings import Settings

VERSION = "2023-01-01"
MEDIA_TYPE = media_type(VERSION)
_COLLECTION = r"/api/atlas/v2/groups/(?P<project>[^/]+)/peers"
_ONE = _COLLECTION + r"/(?P<connection>[^/]+)"
"""The peering's id counts as the connection of a call and of a fault."""
_FIELDS = ("accepterRegionName", "awsAccountId", "containerId", "routeTableCidrBlock", "vpcId")
_READ_ONLY = ("id", "connectionId", "statusName", "errorStateName")
_PROVIDERS = (AWS_ONLY, "AZURE", "GCP")


def provider_of(inbound: Inbound) -> str:
    """Return the query's ``providerName``; raises the 400 for an unknown one."""
    provider = inbound.request.query.get("providerName", AWS_ONLY)
    if provider not in _PROVIDERS:
        raise invalid("providerName", f"must be one of {', '.join(_PROVIDERS)}")
    return provider


class NetworkPeering:
    """The operations on the peerings of a project."""

    def __init__(self, settings: Settings, clock: Clock, peers: NetworkPeers) -> None:
        self._settings = settings
        self._clock = clock
        self._peers = peers

    def operations(self, admission: Admission) -> list[Operation]:
        """Return the operations, which first check what :class:`Admission` checks."""

        def operation(name: str, method: str, path: str, role: Role, perform: Callable[[Inbound], Answer]) -> Operation:
            return admission.operation(
                name, method, path, version=VERSION, role=role, perform=perform, endpoint_set=NETWORK_PEERING
            )

        return [
            operation("list-peers", "GET", _COLLECTION, Role.READ, self._list),
            operation("create-peer", "POST", _COLLECTION, Role.NETWORK, self._create),
            operation("get-peer", "GET", _ONE, Role.READ, self._get),
            operation("update-peer", "PATCH", _ONE, Role.NETWORK, self._update),
            operation("delete-peer", "DELETE", _ONE, Role.NETWORK, self._delete),
        ]

    def _list(self, inbound: Inbound) -> Answer:
        aws = provider_of(inbound) == AWS_ONLY
        rows = self._peers.listed(inbound.parameters["project"]) if aws else []
        shown = [self._row(peer, state) for peer, state in rows]
        return page_of(shown, inbound, MEDIA_TYPE, total_count_error=self._settings.total_count_error)

    def _get(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        return one(self._row(*self._find(inbound)), MEDIA_TYPE)

    def _create(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        body = read_body(inbound, VERSION, required=_FIELDS, read_only=_READ_ONLY)
        routes, region = network_of(body, "routeTableCidrBlock"), body["accepterRegionName"]
        if region.upper().replace("-", "_") not in REGIONS[CloudProvider.AWS] or region != region.lower():
            raise invalid("accepterRegionName", "must be a region of AWS, such as us-east-1")
        container = self._peers.container(inbound.parameters["project"], body["containerId"])
        peer = self._peers.add_peer(
            container,
            account_id=body["awsAccountId"],
            vpc_id=body["vpcId"],
            routes=routes,
            accepter_region=region,
        )
        now = self._clock.now()
        row = self._row(peer, peer.history[0])
        match None if inbound.fault is None else inbound.fault.kind:
            case FaultKind.NO_EFFECT:
                peer.become(now, "TERMINATING", None, listed=False)
            case FaultKind.STUCK:
                peer.stand_still(now, "INITIATING")
            case FaultKind.UPDATE_FAILED | FaultKind.SCAN_FAILED:
                peer.fail(now, "INVALID_ARGUMENT")
            case _:
                pass
        return one(row, MEDIA_TYPE)

    def _update(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        peer, state = self._find(inbound)
        body = read_body(inbound, VERSION, required=_FIELDS, read_only=_READ_ONLY)
        routes = network_of(body, "routeTableCidrBlock")
        identity = {
            "containerId": peer.container.id,
            "awsAccountId": peer.account_id,
            "vpcId": peer.vpc_id,
            "accepterRegionName": peer.accepter_region,
        }
        for name, value in identity.items():
            if body[name] != value:
                raise invalid(name, "cannot be changed")
        if state.status_name not in self._settings.network_peering.changeable:
            raise refused(self._settings.invalid_state, peer.id)
        if inbound.fault is not None and inbound.fault.kind in (FaultKind.NO_EFFECT, FaultKind.STUCK):
            return one(self._row(peer, replace(state, routes=routes)), MEDIA_TYPE)
        self._peers.change_routes(peer, routes)
        if inbound.fault is not None and inbound.fault.kind in (FaultKind.UPDATE_FAILED, FaultKind.SCAN_FAILED):
            peer.fail(self._clock.now(), "INVALID_ARGUMENT")
        return one(self._row(*self._find(inbound)), MEDIA_TYPE)

    def _delete(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        peer, state = self._find(inbound)
        if state.status_name == "TERMINATING":
            detail = f"The peer with ID {peer.id} has already been requested for deletion."
            raise refusal(409, "PEER_ALREADY_REQUESTED_DELETION", detail, parameters=[peer.id])
        if state.status_name not in self._settings.network_peering.deletable:
            raise refused(self._settings.invalid_state, peer.id)
        now = self._clock.now()
        match None if inbound.fault is None else inbound.fault.kind:
            case FaultKind.NO_EFFECT:
                pass
            case FaultKind.STUCK:
                peer.stand_still(now, "TERMINATING")
            case FaultKind.UPDATE_FAILED | FaultKind.SCAN_FAILED:
                peer.fail(now, None)
            case _:
                peer.delete(now)
        return Answer(202, b"{}", MEDIA_TYPE)

    def _find(self, inbound: Inbound) -> tuple[Peer, PeerState]:
        return self._peers.peer(inbound.parameters["project"], inbound.parameters["connection"])

    def _check_query(self, inbound: Inbound) -> None:
        refuse_envelope(inbound.request.query)
        boolean(inbound.request.query, "pretty")

    def _row(self, peer: Peer, state: PeerState) -> dict[str, object]:
        settings = self._settings.network_peering
        own_region = peer.container.region.lower().replace("_", "-")
        hidden = settings.null_accepter_region and peer.accepter_region == own_region
        row = {
            "accepterRegionName": None if hidden else peer.accepter_region,
            "awsAccountId": peer.account_id,
            "connectionId": state.connection_id,
            "containerId": peer.container.id,
            "errorStateName": state.error_state_name,
            "id": peer.id,
            "providerName": AWS_ONLY,
            "routeTableCidrBlock": state.routes,
            "statusName": state.status_name,
            "vpcId": peer.vpc_id,
        }
        kept = ("accepterRegionName",)
        return {name: value for name, value in row.items() if value is not None or settings.nulls or name in kept}
