"""A Confluent Cloud in memory, behind HTTP: one environment, its networks and their peerings."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from unit.kinds.confluent_peering.builders import ACCOUNT, CIDR, NETWORK, VPC

Body = dict[str, Any]


class Cloud:
    """Networks and peerings, changed by requests and by tests."""

    def __init__(self, calls: list[str]) -> None:
        self.calls = calls
        """Notes each request, in one order with those to the API server."""
        self.networks: dict[str, Body] = {}
        self.peerings: dict[str, Body] = {}
        self.stale: dict[str, Body] | None = None
        """What lists show in place of the peerings, as from a copy that lags behind."""
        self.answers: list[httpx.Response | Exception | None] = []
        """Answers to the next changes; None: the usual one. They are given before anything is changed."""
        self.lost = 0
        """So many changes are made without an answer."""
        self.down = False
        self.before_change: Callable[[], object] = lambda: None
        self.born = "PROVISIONING"
        """The phase of a new peering."""
        self.add_network()

    # -- for tests

    def add_network(self, phase: str = "READY", *, name: str = NETWORK, **spec: Any) -> None:
        given = {"cloud": "AWS", "region": "us-east-1", "cidr": CIDR, "connection_types": ["PEERING"]}
        cloud = {"kind": "AwsNetwork", "account": ACCOUNT, "vpc": VPC} if phase == "READY" else None
        status = {"phase": phase, **({"cloud": cloud} if cloud else {})}
        self.networks[name] = {"id": name, "spec": {**given, **spec}, "status": status}

    def add(self, peering: Body) -> str:
        """Have somebody else make a peering."""
        self.peerings[peering["id"]] = peering
        return str(peering["id"])

    def set(self, phase: str, name: str | None = None, **error: str) -> None:
        """Bring a peering (the only one, unless named) into a phase."""
        (name,) = [name] if name else self.peerings
        changed = json.loads(json.dumps(self.peerings[name]))
        changed["status"] = {"phase": phase, **error}
        self.peerings[name] = changed

    @property
    def phases(self) -> list[str]:
        return [str(peering["status"]["phase"]) for peering in self.peerings.values()]

    @property
    def changes(self) -> list[str]:
        """What was requested."""
        return [call for call in self.calls if call.startswith(("POST peering", "DELETE peer-"))]

    # -- for the client

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        *_, kind, name = ["", *request.url.path.removeprefix("/networking/v1/").split("/")]
        if request.method == "GET":
            self.calls.append(f"list {request.url.path}")
            return self._read(request, kind, name)
        body = json.loads(request.content) if request.content else {}
        self.calls.append(f"POST peering {body['spec']['display_name']}" if body else f"DELETE {name}")
        self.before_change()
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            return answer
        made = self._change(body, name)
        if self.lost > 0:
            self.lost -= 1
            raise httpx.ReadTimeout("no answer")
        return made

    def _read(self, request: httpx.Request, kind: str, name: str) -> httpx.Response:
        if self.down:
            return _error(503, "down")
        if name == "peerings":
            shown = self.peerings if self.stale is None else self.stale
            wanted = request.url.params["spec.network"]
            data = [each for each in shown.values() if each["spec"]["network"]["id"] == wanted]
            return httpx.Response(200, json={"data": data, "metadata": {}})
        assert kind == "networks"
        network = self.networks.get(name)
        return _error(404, "no such network") if network is None else httpx.Response(200, json=network)

    def _change(self, body: Body, name: str) -> httpx.Response:
        if not body:
            if self.peerings.pop(name, None) is None:
                return _error(404, "no such peering")
            return httpx.Response(204)
        number = sum(call.startswith("POST peering") for call in self.calls)
        made = {"id": f"peer-{number}", "spec": body["spec"], "status": {"phase": self.born}}
        self.peerings[made["id"]] = made
        return httpx.Response(202, json=made)


def _error(status: int, detail: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"status": str(status), "detail": detail}]})


def refusal(status: int, detail: str) -> httpx.Response:
    """An answer that refuses a change."""
    return _error(status, detail)
