"""The control routes under ``/_simulator/confluent/``."""

from collections.abc import Mapping
from dataclasses import asdict

from atlas_simulator.confluent import declarations
from atlas_simulator.confluent.controls import ConfluentControls
from atlas_simulator.messages import Request
from atlas_simulator.routes import Row

_NETWORK = r"/confluent/networks/(?P<network>[^/]+)"
_PEERING = r"/confluent/peerings/(?P<peering>[^/]+)"


class ConfluentRoutes:
    """Maps routes to :class:`~atlas_simulator.confluent.controls.ConfluentControls`."""

    def __init__(self, controls: ConfluentControls) -> None:
        self._controls = controls

    def rows(self) -> list[Row]:
        """Return method, path, status of success and action of every route."""
        return [
            ("POST", "/confluent/api-keys", 201, self._add_api_key),
            ("DELETE", r"/confluent/api-keys/(?P<key>[^/]+)", 200, self._remove_api_key),
            ("GET", "/confluent/networks", 200, self._networks),
            ("POST", "/confluent/networks", 201, self._add_network),
            ("GET", _NETWORK, 200, self._network),
            ("PATCH", _NETWORK, 200, self._set_network_phase),
            ("DELETE", _NETWORK, 200, self._remove_network),
            ("GET", "/confluent/peerings", 200, self._peerings),
            ("POST", "/confluent/peerings", 201, self._create_peering),
            ("GET", _PEERING, 200, self._peering),
            ("PATCH", _PEERING, 200, self._set_peering_phase),
            ("DELETE", _PEERING, 200, self._delete_peering),
        ]

    def _add_api_key(self, request: Request, _names: Mapping[str, str]) -> object:
        return {"key": declarations.CloudApiKeyDeclaration.model_validate(request.json_object()).apply(self._controls)}

    def _remove_api_key(self, _request: Request, names: Mapping[str, str]) -> object:
        self._controls.remove_api_key(names["key"])
        return {}

    def _networks(self, _request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(each) for each in self._controls.networks()]

    def _add_network(self, request: Request, _names: Mapping[str, str]) -> object:
        declared = declarations.CloudNetworkDeclaration.model_validate(request.json_object())
        return asdict(self._controls.network(declared.apply(self._controls)))

    def _network(self, _request: Request, names: Mapping[str, str]) -> object:
        return asdict(self._controls.network(names["network"]))

    def _set_network_phase(self, request: Request, names: Mapping[str, str]) -> object:
        declared = declarations.PhaseDeclaration.model_validate(request.json_object())
        self._controls.set_network_phase(names["network"], **declared.model_dump())
        return self._network(request, names)

    def _remove_network(self, _request: Request, names: Mapping[str, str]) -> object:
        self._controls.remove_network(names["network"])
        return {}

    def _peerings(self, request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(each) for each in self._controls.peerings(request.query.get("network"))]

    def _create_peering(self, request: Request, _names: Mapping[str, str]) -> object:
        declared = declarations.CloudPeeringDeclaration.model_validate(request.json_object())
        return asdict(self._controls.peering(declared.apply(self._controls)))

    def _peering(self, _request: Request, names: Mapping[str, str]) -> object:
        return asdict(self._controls.peering(names["peering"]))

    def _set_peering_phase(self, request: Request, names: Mapping[str, str]) -> object:
        declared = declarations.PhaseDeclaration.model_validate(request.json_object())
        self._controls.set_peering_phase(names["peering"], **declared.model_dump())
        return self._peering(request, names)

    def _delete_peering(self, request: Request, names: Mapping[str, str]) -> object:
        self._controls.delete_peering(names["peering"])
        return self._peering(request, names)
