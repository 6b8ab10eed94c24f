"""The network container endpoints (version 2023-01-01)."""

from collections.abc import Callable

from atlas_simulator.admission import NETWORK_PEERING, Admission
from atlas_simulator.bodies import AWS_ONLY, container_block_of, read_body
from atlas_simulator.clock import Clock
from atlas_simulator.directory import Role
from atlas_simulator.faults import FaultKind
from atlas_simulator.messages import Answer
from atlas_simulator.network_peer import Container
from atlas_simulator.network_peering import MEDIA_TYPE, VERSION, provider_of
from atlas_simulator.network_peers import NetworkPeers
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.pages import one, page_of
from atlas_simulator.parameters import boolean, invalid, refuse_envelope, required
from atlas_simulator.regions import REGIONS, CloudProvider
from atlas_simulator.settings import Settings

_COLLECTION = r"/api/atlas/v2/groups/(?P<project>[^/]+)/containers"
_ONE = _COLLECTION + r"/(?P<connection>[a-f0-9]{24})"
"""The container's id counts as the connection of a call and of a fault."""


class NetworkContainers:
    """The operations on the containers of a project."""

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
            operation("list-containers", "GET", _COLLECTION, Role.READ, self._list),
            operation("create-container", "POST", _COLLECTION, Role.PROJECT, self._create),
            operation("get-container", "GET", _ONE, Role.READ, self._get),
            operation("delete-container", "DELETE", _ONE, Role.PROJECT, self._delete),
        ]

    def _list(self, inbound: Inbound) -> Answer:
        required(inbound.request.query, "providerName")
        aws = provider_of(inbound) == AWS_ONLY
        rows = self._peers.listed_containers(inbound.parameters["project"]) if aws else []
        time = self._clock.now() - self._settings.read_lag
        shown = [self._row(container, time) for container in rows]
        return page_of(shown, inbound, MEDIA_TYPE, total_count_error=self._settings.total_count_error)

    def _get(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        return one(self._row(self._find(inbound), self._clock.now()), MEDIA_TYPE)

    def _create(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        read_only = ("id", "provisioned", "vpcId")
        body = read_body(inbound, VERSION, required=("atlasCidrBlock", "regionName"), read_only=read_only)
        block = container_block_of(body, "atlasCidrBlock")
        if body["regionName"] not in REGIONS[CloudProvider.AWS]:
            raise invalid("regionName", "must be a region of AWS as Atlas spells it, such as US_EAST_1")
        container = self._peers.add_container(inbound.parameters["project"], body["regionName"], block)
        if inbound.fault is not None and inbound.fault.kind is FaultKind.NO_EFFECT:
            self._peers.remove_container(container)
        return one(self._row(container, self._clock.now()), MEDIA_TYPE)

    def _delete(self, inbound: Inbound) -> Answer:
        self._check_query(inbound)
        self._peers.remove_container(self._find(inbound))
        return Answer(204, b"", MEDIA_TYPE)

    def _find(self, inbound: Inbound) -> Container:
        return self._peers.container(inbound.parameters["project"], inbound.parameters["connection"])

    def _check_query(self, inbound: Inbound) -> None:
        refuse_envelope(inbound.request.query)
        boolean(inbound.request.query, "pretty")

    def _row(self, container: Container, time: float) -> dict[str, object]:
        provisioned = container.provisioned(time)
        row: dict[str, object] = {
            "atlasCidrBlock": container.cidr_block,
            "id": container.id,
            "providerName": AWS_ONLY,
            "provisioned": provisioned,
            "regionName": container.region,
        }
        if provisioned or self._settings.network_peering.nulls:
            row["vpcId"] = container.vpc_id if provisioned else None
        return row
