"""What the stand-in for Atlas knows at the start: read from the examples, so that they can be applied as they are."""

import http.client
import json
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from demo.places import EXAMPLES

NOT_REQUESTED: Final = "analytics"
"""The example whose request nobody has made."""

ACTIVE_ALREADY: Final = "inventory"
"""The example whose connection was accepted by hand long ago."""

ACTIVE_CONNECTION: Final = "pcx-0e1d2c3b4a5968778"

DELAYS: Final = {"recorded": 0.7, "requested": 0.8, "provisioning": 1.5, "deleting": 1.5}
"""Seconds; short, but long enough that each state is seen."""


def examples() -> list[dict[str, Any]]:
    """Return the manifests that `kubectl apply -k examples/` applies."""
    listed = yaml.safe_load((EXAMPLES / "kustomization.yaml").read_text())["resources"]
    return [manifest for name in listed for manifest in yaml.safe_load_all((EXAMPLES / name).read_text())]


def peering(name: str) -> dict[str, Any]:
    """Return the spec of an example."""
    specs = {m["metadata"]["name"]: m["spec"] for m in examples() if m["kind"] == "StreamsVpcPeering"}
    found: dict[str, Any] = specs[name]
    return found


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
    """Return the stand-in's configuration: the examples' projects and credentials, and their requests, pending."""
    manifests = examples()
    peerings = {m["metadata"]["name"]: m["spec"] for m in manifests if m["kind"] == "StreamsVpcPeering"}
    secrets = [m["stringData"] for m in manifests if m["kind"] == "Secret"]
    projects = sorted({spec["projectId"] for spec in peerings.values()})
    roles = dict.fromkeys(projects, "owner")
    requests = {name: request_of(spec) for name, spec in peerings.items() if name != NOT_REQUESTED}
    requests[ACTIVE_ALREADY]["name"] = ACTIVE_CONNECTION
    return {
        "settings": {"delays": DELAYS},
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
        "peerings": list(requests.values()),
    }


def activate(base_url: str, connection: str) -> None:
    """Let a connection be active, as if somebody had accepted it by hand."""
    remote = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=10)
    try:
        remote.request("PATCH", f"/_simulator/peerings/{connection}", json.dumps({"cloud_status": "active"}))
        answer = remote.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the stand-in refused: {answer.read().decode(errors='replace')}")
    finally:
        remote.close()
