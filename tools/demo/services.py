"""The stand-in for Atlas and Confluent Cloud: what it knows at the start, and what is left there at the end."""

import http.client
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from demo.places import EXAMPLES, OUTBOUND, POLICY, PROCEDURE

NOT_REQUESTED: Final = "analytics"
"""The example whose request nobody has made."""

ACTIVE_ALREADY: Final = "inventory"
"""The example whose connection was accepted by hand long ago."""

ACTIVE_CONNECTION: Final = "pcx-0e1d2c3b4a5968778"

NETWORK: Final = {"vpc": "vpc-0f1e2d3c4b5a69788", "cidr": "10.40.0.0/16", "ready_after": 0}
"""The network of Confluent Cloud, as AWS knows it: no manifest says it."""

DELAYS: Final = {"recorded": 0.7, "requested": 0.8, "provisioning": 1.5, "deleting": 1.5}
OUTBOUND_DELAYS: Final = {"initiating": 0.8, "noticing": 0.3, "finalizing": 0.8}
CONFLUENT_DELAYS: Final = {"provisioning": 0.8, "noticing": 0.3, "deprovisioning": 0.8}
"""Seconds; short, but long enough that each state is seen."""


def manifests(folder: Path) -> list[dict[str, Any]]:
    """Return the manifests that `kubectl apply -k` applies."""
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    return [manifest for name in listed for manifest in yaml.safe_load_all((folder / name).read_text())]


def peering(name: str) -> dict[str, Any]:
    """Return the spec of an example."""
    return _peerings()[name]


def request_of(spec: dict[str, Any]) -> dict[str, str]:
    """Return the request for a peering that an example's spec waits for, as the stand-in takes it."""
    requester = spec["requester"]
    request = {"project": spec["projectId"], "account": requester["accountId"], "vpc": requester["vpcId"]}
    if "cidr" in requester:
        request["cidr"] = requester["cidr"]
    if "connectionName" in spec:
        request["name"] = spec["connectionName"]
    return request


def configuration() -> dict[str, Any]:
    """Return what the stand-in knows: projects, networks and credentials of the examples, and pending requests."""
    every, outwards = [*manifests(EXAMPLES), *manifests(PROCEDURE)], _spec(OUTBOUND)
    secrets = [m["stringData"] for m in every if m["kind"] == "Secret"]
    networks = [m["spec"] for m in every if m["kind"] == "ConfluentPeering"]
    projects = sorted({m["spec"]["projectId"] for m in every if "projectId" in m.get("spec", {})})
    roles = dict.fromkeys(projects, "project-owner")
    environments = {spec["environmentId"]: "owner" for spec in networks}
    requests = {name: request_of(spec) for name, spec in _peerings().items() if name != NOT_REQUESTED}
    requests[ACTIVE_ALREADY]["name"] = ACTIVE_CONNECTION
    return {
        "settings": {
            "delays": DELAYS,
            "network_peering": {"delays": OUTBOUND_DELAYS},
            "confluent": {"delays": CONFLUENT_DELAYS},
        },
        "projects": [{"project": project} for project in projects],
        "api_keys": [
            {"public_key": data["publicApiKey"], "private_key": data["privateApiKey"], "roles": roles}
            for data in secrets
            if "publicApiKey" in data
        ],
        "service_accounts": [
            {"client_id": data["clientId"], "client_secret": data["clientSecret"], "roles": roles}
            for data in secrets
            if "clientId" in data
        ],
        "containers": [{"project": outwards["projectId"], "region": outwards["region"]}],
        "peerings": list(requests.values()),
        "confluent": {
            "api_keys": [
                {"key": data["apiKey"], "secret": data["apiSecret"], "roles": environments}
                for data in secrets
                if "apiKey" in data
            ],
            "networks": [
                {"environment": spec["environmentId"], "network": spec["networkId"], **NETWORK} for spec in networks
            ],
        },
    }


def by_policy() -> dict[str, str]:
    """Return a request that the example of a policy accepts, and that no object names."""
    spec = _spec(POLICY)
    allowed = next(entry for entry in spec["requesters"] if "vpcIds" in entry)
    return {"project": spec["projectId"], "account": allowed["accountId"], "vpc": allowed["vpcIds"][-1]}


def request(base_url: str, wanted: dict[str, str]) -> str:
    """Make a request, as somebody else does; return the name of the connection."""
    name: str = _call(base_url, "POST", "peerings", wanted, status=201)["name"]
    return name


def accept_in_aws(base_url: str) -> str:
    """Accept the outbound peering, as the owner of the VPC does; return the name of the connection."""
    (peer,) = _call(base_url, "GET", "peers")
    name: str = _call(base_url, "POST", f"peers/{peer['connection_id']}:accept")["connection_id"]
    return name


def activate(base_url: str, connection: str) -> None:
    """Let a connection be active, as if somebody had accepted it by hand."""
    _call(base_url, "PATCH", f"peerings/{connection}", {"cloud_status": "active"})


def both_sides(base_url: str) -> list[tuple[str, str | None, str, str]]:
    """Return each peering that Confluent Cloud ever had, and its connection in AWS.

    A row has the peering, its phase (None: it is gone), the connection, and its state.
    """
    states = {row["name"]: row["cloud_status"] for row in _call(base_url, "GET", "peerings")}
    return [
        (row["id"], row["phase"], row["connection"], states[row["connection"]])
        for row in _call(base_url, "GET", "confluent/peerings")
        if row["connection"] is not None
    ]


def _peerings() -> dict[str, dict[str, Any]]:
    """Return the specs of the examples whose request somebody else makes, by name."""
    return {m["metadata"]["name"]: m["spec"] for m in manifests(EXAMPLES) if m["kind"] == "StreamsVpcPeering"}


def _spec(path: Path) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load(path.read_text())["spec"]
    return spec


def _call(base_url: str, method: str, path: str, body: dict[str, Any] | None = None, *, status: int = 200) -> Any:
    remote = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=10)
    try:
        remote.request(method, f"/_simulator/{path}", None if body is None else json.dumps(body))
        answer = remote.getresponse()
        content = answer.read().decode(errors="replace")
        if answer.status != status:
            raise RuntimeError(f"the stand-in refused: {content}")
        return json.loads(content)
    finally:
        remote.close()
