"""The whole path of StreamsOutboundVpcPeerings, with the simulator in place of Atlas, on a clock that jumps."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import httpx

from atlas_simulator import Clock as SimulatorClock
from atlas_simulator import OutboundPeering, Settings, Simulator
from atlas_simulator.messages import Request
from atlas_streams_peering.api.group import API_VERSION
from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.secrets import ATLAS_SECRET
from atlas_streams_peering.controller.kind import Kind
from atlas_streams_peering.kinds.streams_outbound_vpc_peering.reconciler import StreamsOutboundVpcPeeringKind
from atlas_streams_peering.transport.credentials import SecretFormat
from unit.controller.path_world import NAMESPACE, NOON, World
from unit.kinds.streams_outbound_vpc_peering.builders import PROJECT, SPEC

KEY, OWNER = "public-of-owner", "private-of-owner"
CHANGES = ("create-container", "create-peer", "update-peer", "delete-peer")


class LoopClock(SimulatorClock):
    """Simulated time is the event loop's."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._monotonic = monotonic

    def now(self) -> float:
        return NOON.timestamp() + self._monotonic()


class InProcess(httpx.AsyncBaseTransport):
    """Answers with the simulator, without a network."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        inbound = Request(request.method, target, request.headers, await request.aread(), "127.0.0.1")
        answer = await self._simulator.simulation.gateway.answer(inbound)
        headers = {**answer.headers, **({"Content-Type": answer.content_type} if answer.content_type else {})}
        return httpx.Response(answer.status, content=answer.body, headers=headers)


class OutboundWorld(World):
    """Objects are StreamsOutboundVpcPeerings of one project, which has a container in US_EAST_1."""

    formats: ClassVar[Mapping[str, SecretFormat]] = {"atlas": ATLAS_SECRET}

    def __init__(self, *, container: bool = True) -> None:
        self.simulator: Simulator | None = None
        self._with_container = container
        super().__init__()

    @property
    def atlas(self) -> Simulator:
        assert self.simulator is not None
        return self.simulator

    def kinds(self) -> tuple[Kind[Any, Any, Any], ...]:
        if self.simulator is None:
            simulator = self.simulator = Simulator(Settings(seed=1), clock=LoopClock(self.clock.monotonic))
            simulator.add_project(PROJECT)
            simulator.add_api_key(KEY, OWNER, roles={PROJECT: "project-owner"})
            if self._with_container:
                simulator.network_peering.add_container(PROJECT, "US_EAST_1")
        atlas = Atlas("https://atlas.example", http_transport=InProcess(self.simulator), clock=self.clock.monotonic)
        return (StreamsOutboundVpcPeeringKind(atlas),)

    def hold_secret(self, value: str = OWNER, name: str = "atlas-api") -> None:
        data = {"publicApiKey": KEY, "privateApiKey": value}
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        self.objects.put(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}", {"data": encoded})

    def create(
        self,
        name: str = "one",
        *,
        held: bool = False,
        status: dict[str, Any] | None = None,
        created: str = "2024-12-12T11:00:00Z",
        **spec: Any,
    ) -> None:
        """Create an object whose peering starts in US_EAST_1, unless its spec says otherwise."""
        region = {} if "containerId" in spec else {"region": "US_EAST_1"}
        body = {
            "kind": "StreamsOutboundVpcPeering",
            "metadata": {"generation": 1, "creationTimestamp": created},
            "spec": {**SPEC, **region, **spec},
            "status": status or {"observedGeneration": -1},
        }
        self.objects.put(self.path(name), body)

    def path(self, name: str = "one") -> str:
        return f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/streamsoutboundvpcpeerings/{name}"

    @property
    def changes(self) -> list[str]:
        """What was requested of Atlas."""
        return [call.operation for call in self.atlas.calls() if call.operation in CHANGES]

    @property
    def lists(self) -> int:
        return len(self.atlas.calls("list-peers"))

    @property
    def peers(self) -> list[OutboundPeering]:
        return self.atlas.network_peering.peers(PROJECT)

    def accept(self) -> None:
        """Accept the only pending peering in AWS."""
        [peer] = self.peers
        self.atlas.network_peering.accept(peer.id)

    async def available(self, name: str = "one", **spec: Any) -> None:
        """Create an object, and bring it to Available."""
        self.create(name, **spec)
        await self.until_reason("PendingAcceptance", name)
        for peer in self.peers:
            if peer.status_name == "PENDING_ACCEPTANCE":
                self.atlas.network_peering.accept(peer.id)
        await self.until_reason("Available", name)
