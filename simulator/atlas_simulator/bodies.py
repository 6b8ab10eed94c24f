"""The JSON bodies of requests for network peerings and containers."""

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

from atlas_simulator.media_types import require_json_body_type
from atlas_simulator.messages import refusal
from atlas_simulator.operation import Inbound
from atlas_simulator.parameters import invalid

AWS_ONLY = "AWS"

_PATTERNS = {
    "containerId": re.compile(r"[a-f0-9]{24}"),
    "awsAccountId": re.compile(r"\d{12}"),
    "vpcId": re.compile(r"vpc-[0-9a-f]{17}"),
}
"""Of the Atlas schema."""

_PRIVATE = [ipaddress.IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
"""RFC 1918."""


def read_body(
    inbound: Inbound, version: str, *, required: tuple[str, ...], read_only: tuple[str, ...]
) -> dict[str, Any]:
    """Return a body for AWS with exactly the required fields, all strings; raises the 400 or 415."""
    request = inbound.request
    require_json_body_type(request.headers.get("Content-Type", ""), version)
    try:
        document = json.loads(request.body)
    except ValueError:
        raise invalid("body", "must be JSON") from None
    if not isinstance(document, dict):
        raise invalid("body", "must be a JSON object")
    for name in document:
        if name in read_only:
            raise refusal(400, "ATTRIBUTE_READ_ONLY", f"The attribute {name} is read-only.", parameters=[name])
        if name not in (*required, "providerName"):
            raise refusal(400, "INVALID_ATTRIBUTE", f"Invalid attribute {name} specified.", parameters=[name])
    if document.get("providerName") != AWS_ONLY:
        raise invalid("providerName", "must be given as AWS; other providers are not simulated")
    for name in required:
        _check(document, name)
    return document


def network_of(document: Mapping[str, Any], field: str) -> str:
    """Return a CIDR block of the body in its canonical form; raises the 400."""
    text: str = document[field]
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        network = None
    if network is None or "/" not in text:
        raise refusal(400, "ATLAS_INVALID_CIDR_BLOCK", f"The CIDR block {text} is invalid.", parameters=[text])
    return str(network)


def container_block_of(document: Mapping[str, Any], field: str) -> str:
    """Return the CIDR block of a container: private, from /24 to /21; raises the 400."""
    text = network_of(document, field)
    network = ipaddress.ip_network(text)
    private = isinstance(network, ipaddress.IPv4Network) and any(map(network.subnet_of, _PRIVATE))
    if not private or not 21 <= network.prefixlen <= 24:
        raise refusal(400, "ATLAS_INVALID_CIDR_RANGE", f"The CIDR range of {text} is invalid.", parameters=[text])
    return text


def _check(document: Mapping[str, Any], name: str) -> None:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(name, "must be given, as a string")
    pattern = _PATTERNS.get(name)
    if pattern is not None and not pattern.fullmatch(value):
        raise invalid(name, f"must match {pattern.pattern}")
