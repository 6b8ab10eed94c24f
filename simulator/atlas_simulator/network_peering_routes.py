"""Control of network peerings and containers over HTTP, under ``/_simulator/``."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from atlas_simulator.messages import Request
from atlas_simulator.network_peering_controls import NetworkPeeringControls

Route = Callable[[Request, Mapping[str, str]], object]
_PEER = r"/peers/(?P<name>[^/:]+)"


class NetworkPeeringRoutes:
    """Maps routes to :class:`NetworkPeeringControls`."""

    def __init__(self, controls: NetworkPeeringControls) -> None:
        self._controls = controls

    def routes(self) -> list[tuple[str, str, int, Route]]:
        """Return method, path, status and route of each."""
        controls = self._controls
        return [
            ("GET", "/containers", 200, self._containers),
            ("GET", "/peers", 200, self._peers),
            ("GET", _PEER, 200, self._change(lambda _name: None)),
            ("POST", _PEER + ":accept", 200, self._change(controls.accept)),
            ("POST", _PEER + ":reject", 200, self._change(controls.reject)),
            ("POST", _PEER + ":expire", 200, self._change(controls.expire)),
            ("DELETE", _PEER, 200, self._change(controls.vanish)),
        ]

    def _containers(self, request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(each) for each in self._controls.containers(request.query.get("project"))]

    def _peers(self, request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(each) for each in self._controls.peers(request.query.get("project"))]

    def _change(self, change: Callable[[str], None]) -> Route:
        """Return the route that makes a change, and answers with what the peering is then."""

        def changed(_request: Request, names: Mapping[str, str]) -> object:
            change(names["name"])
            return asdict(self._controls.peer(names["name"]))

        return changed
