"""Control over HTTP, under ``/_simulator/``, with JSON bodies.

The control routes have no authentication: listen only on a loopback address or in a test's network.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from atlas_simulator import configuration
from atlas_simulator.confluent.control_routes import ConfluentRoutes
from atlas_simulator.controls import Controls
from atlas_simulator.messages import Answer, Request, json_answer
from atlas_simulator.network_peering_routes import NetworkPeeringRoutes
from atlas_simulator.routes import Route

_PEERING = r"/peerings/(?P<name>[^/]+)"
_NETWORK = r"/networks/(?P<project>[^/]+)/(?P<provider>[^/]+)/(?P<region>[^/]+)"


class ControlRoutes:
    """Maps routes to :class:`~atlas_simulator.controls.Controls`."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._routes: list[tuple[str, re.Pattern[str], int, Route]] = [
            (method, re.compile("/_simulator" + path), status, route)
            for method, path, status, route in [
                ("GET", "/health", 200, self._health),
                ("GET", "/clock", 200, self._clock),
                ("POST", "/clock", 200, self._move_clock),
                ("GET", "/settings", 200, self._settings),
                ("PATCH", "/settings", 200, self._configure),
                ("POST", "/configuration", 201, self._apply(configuration.Configuration)),
                ("POST", "/projects", 201, self._apply(configuration.ProjectDeclaration)),
                ("POST", "/api-keys", 201, self._apply(configuration.ApiKeyDeclaration)),
                ("POST", "/service-accounts", 201, self._apply(configuration.ServiceAccountDeclaration)),
                ("GET", "/networks", 200, self._networks),
                ("POST", "/networks", 201, self._apply(configuration.NetworkDeclaration)),
                ("GET", _NETWORK, 200, self._network),
                ("DELETE", _NETWORK, 200, self._remove_network),
                ("POST", "/containers", 201, self._apply(configuration.ContainerDeclaration)),
                *NetworkPeeringRoutes(controls.network_peering).routes(),
                ("GET", "/peerings", 200, self._peerings),
                ("POST", "/peerings", 201, self._request_peering),
                ("GET", _PEERING, 200, self._peering),
                ("PATCH", _PEERING, 200, self._set_status),
                ("POST", _PEERING + ":expire", 200, self._expire),
                ("DELETE", _PEERING, 200, self._vanish),
                ("GET", "/calls", 200, self._calls),
                ("DELETE", "/calls", 200, self._clear_calls),
                ("GET", "/counts", 200, self._counts),
                ("GET", "/faults", 200, self._faults),
                ("POST", "/faults", 201, self._add_fault),
                ("DELETE", "/faults", 200, self._clear_faults),
                ("DELETE", r"/faults/(?P<fault>\d+)", 200, self._clear_faults),
                *ConfluentRoutes(controls.confluent).rows(),
            ]
        ]

    async def answer(self, request: Request) -> Answer:
        """Answer one control request; an error is a 400 or 404 with a sentence in ``error``."""
        for method, pattern, status, route in self._routes:
            match = pattern.fullmatch(request.path)
            if match is None or method != request.method:
                continue
            try:
                return json_answer(status, route(request, match.groupdict()))
            except KeyError as error:
                return json_answer(404, {"error": str(error.args[0])})
            except (ValueError, TypeError) as error:
                return json_answer(400, {"error": str(error)})
        return json_answer(404, {"error": f"there is no control route {request.method} {request.path}"})

    def _health(self, _request: Request, _names: Mapping[str, str]) -> object:
        return {"status": "ok"}

    def _clock(self, _request: Request, _names: Mapping[str, str]) -> object:
        return {"now": self._controls.now(), "frozen": self._controls.simulation.clock.frozen}

    def _move_clock(self, request: Request, names: Mapping[str, str]) -> object:
        body = request.json_object()
        if body.keys() - {"advance", "frozen"}:
            raise ValueError("only advance (seconds) and frozen (true or false) are allowed")
        if "frozen" in body:
            (self._controls.freeze if body["frozen"] else self._controls.thaw)()
        self._controls.advance(float(body.get("advance", 0)))
        return self._clock(request, names)

    def _settings(self, _request: Request, _names: Mapping[str, str]) -> object:
        return self._controls.settings.model_dump(mode="json")

    def _configure(self, request: Request, names: Mapping[str, str]) -> object:
        self._controls.configure(request.json_object())
        return self._settings(request, names)

    def _apply(self, declaration: type[configuration.Applicable]) -> Route:
        def apply(request: Request, _names: Mapping[str, str]) -> object:
            declaration.model_validate(request.json_object()).apply(self._controls)
            return {}

        return apply

    def _networks(self, request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(each) for each in self._controls.networks.all(request.query.get("project"))]

    def _network(self, _request: Request, names: Mapping[str, str]) -> object:
        return asdict(self._controls.networks.get(**names))

    def _remove_network(self, _request: Request, names: Mapping[str, str]) -> object:
        self._controls.networks.remove(**names)
        return {}

    def _request_peering(self, request: Request, _names: Mapping[str, str]) -> object:
        name = configuration.PeeringDeclaration.model_validate(request.json_object()).apply(self._controls)
        return asdict(self._controls.connection(name))

    def _peerings(self, request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(each) for each in self._controls.connections(request.query.get("project"))]

    def _peering(self, _request: Request, names: Mapping[str, str]) -> object:
        return asdict(self._controls.connection(names["name"]))

    def _set_status(self, request: Request, names: Mapping[str, str]) -> object:
        body = request.json_object()
        name = names["name"]
        if body.keys() - {"cloud_status", "local_status", "message"}:
            raise ValueError("only cloud_status, local_status and message are allowed")
        status = body.pop("cloud_status", self._controls.connection(name).cloud_status)
        self._controls.set_cloud_status(name, status, **body)
        return asdict(self._controls.connection(name))

    def _expire(self, _request: Request, names: Mapping[str, str]) -> object:
        self._controls.expire(names["name"])
        return asdict(self._controls.connection(names["name"]))

    def _vanish(self, _request: Request, names: Mapping[str, str]) -> object:
        self._controls.vanish(names["name"])
        return asdict(self._controls.connection(names["name"]))

    def _calls(self, request: Request, _names: Mapping[str, str]) -> object:
        query: dict[str, Any] = dict(request.query)
        if "status" in query:
            query["status"] = int(query["status"])
        with_challenges = query.pop("include_challenges", "false") == "true"
        return [asdict(call) for call in self._controls.calls(include_challenges=with_challenges, **query)]

    def _clear_calls(self, _request: Request, _names: Mapping[str, str]) -> object:
        self._controls.clear_calls()
        return {}

    def _counts(self, request: Request, _names: Mapping[str, str]) -> object:
        return self._controls.counts(include_challenges=request.query.get("include_challenges") == "true")

    def _faults(self, _request: Request, _names: Mapping[str, str]) -> object:
        return [asdict(fault) for fault in self._controls.faults()]

    def _add_fault(self, request: Request, _names: Mapping[str, str]) -> object:
        return {"id": configuration.FaultDeclaration.model_validate(request.json_object()).apply(self._controls)}

    def _clear_faults(self, _request: Request, names: Mapping[str, str]) -> object:
        for fault in self._controls.faults():
            if names.get("fault") in (None, str(fault.id)):
                self._controls.clear_faults(fault)
        return {}
