"""One network of Confluent Cloud, and its phases over time."""

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from atlas_simulator.confluent.link import Links, resource_name
from atlas_simulator.confluent.phase import FAILED, PROVISIONING, READY, ForcedPhases, Phase

Cloud = Literal["AWS", "AZURE", "GCP"]

_KINDS: dict[Cloud, str] = {"AWS": "AwsNetwork", "AZURE": "AzureNetwork", "GCP": "GcpNetwork"}
_CONNECTION_TYPES = frozenset({"PEERING", "PRIVATELINK", "TRANSITGATEWAY"})
_ALLOWED = [
    ipaddress.IPv4Network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15")
]
_RESERVED = [
    ipaddress.IPv4Network(each)
    for each in ("10.100.0.0/16", "10.255.0.0/16", "172.17.0.0/16", "172.20.0.0/16", "172.31.0.0/16")
]


@dataclass(eq=False, slots=True)
class Network:
    """A network; times are seconds since the epoch."""

    id: str
    environment: str
    cloud: Cloud
    region: str
    cidr: str | None
    connection_types: tuple[str, ...]
    account: str
    """The AWS account, the Azure subscription or the Google Cloud project."""
    vpc: str
    """The VPC or virtual network."""
    display_name: str | None
    created: float
    ready: float
    forced: ForcedPhases = field(default_factory=ForcedPhases)

    def __post_init__(self) -> None:
        _check("an environment id", r"env-[0-9a-z]+", self.environment)
        _check("a network id", r"n-[0-9a-z]+", self.id)
        if self.cloud not in _KINDS:
            raise ValueError(f"{self.cloud!r} is not one of {', '.join(_KINDS)}")
        if self.cloud == "AWS":
            _check("an AWS account id", r"\d{12}", self.account)
            _check("a VPC id", r"vpc-[0-9a-f]{8}([0-9a-f]{9})?", self.vpc)
            _check("a region of AWS", r"[a-z]{2}(-[a-z]+)+-\d", self.region)
        if not self.connection_types or not _CONNECTION_TYPES.issuperset(self.connection_types):
            raise ValueError(f"connection types are one or more of {', '.join(sorted(_CONNECTION_TYPES))}")
        if self.cidr is not None:
            _check_cidr(self.cidr)
        elif "PEERING" in self.connection_types:
            raise ValueError("a network for peering needs a CIDR block")

    def at(self, time: float) -> Phase | None:
        """Return the phase at a time, or ``None`` before the network exists."""
        if time < self.created:
            return None
        return self.forced.at(time) or Phase(READY if time >= self.ready else PROVISIONING)

    def document(self, phase: Phase, links: Links, *, long_kinds: bool) -> dict[str, object]:
        """Return the document in a phase; while it provisions, and when it has failed, it has no ``status.cloud``."""
        created = timestamp(self.created)
        spec: dict[str, object] = {
            "cloud": self.cloud,
            "connection_types": list(self.connection_types),
            "environment": links.environment_reference(self.environment),
            "region": self.region,
        }
        optional = {"cidr": self.cidr, "display_name": self.display_name}
        spec |= {name: text for name, text in optional.items() if text is not None}
        status: dict[str, object] = {
            **phase.document(),
            "active_connection_types": list(self.connection_types),
            "supported_connection_types": list(self.connection_types),
        }
        if phase.name not in (PROVISIONING, FAILED):
            status["cloud"] = self._cloud(long_kinds=long_kinds)
            status["dns_domain"] = f"{self.id}.{self.region}.{self.cloud.lower()}.confluent.cloud"
        return {
            "api_version": "networking/v1",
            "id": self.id,
            "kind": "Network",
            "metadata": {
                "created_at": created,
                "resource_name": resource_name(environment=self.environment, network=self.id),
                "self": links.network(self.environment, self.id),
                "updated_at": created,
            },
            "spec": spec,
            "status": status,
        }

    def _cloud(self, *, long_kinds: bool) -> dict[str, str]:
        kind = kind_name(_KINDS[self.cloud], long=long_kinds)
        match self.cloud:
            case "AWS":
                return {"kind": kind, "account": self.account, "vpc": self.vpc}
            case "AZURE":
                return {"kind": kind, "subscription": self.account, "vnet": self.vpc}
            case "GCP":
                return {"kind": kind, "project": self.account, "vpc_network": self.vpc}


def kind_name(kind: str, *, long: bool) -> str:
    """Return the kind of a variant, in the form that the API's document or recorded answers have."""
    return f"networking.v1.{kind}" if long else kind


def timestamp(moment: float) -> str:
    """Format seconds since the epoch as Confluent Cloud does: ISO 8601, UTC, with microseconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _check(what: str, pattern: str, text: str) -> None:
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} is not {what}")


def _check_cidr(text: str) -> None:
    """Check the rules of Confluent Cloud for the CIDR block of a network with peering."""
    block = ipaddress.IPv4Network(text)
    if block.prefixlen != 16:
        raise ValueError(f"{text} is not a /16 block")
    if not any(block.subnet_of(each) for each in _ALLOWED):
        raise ValueError(f"{text} is in none of {', '.join(map(str, _ALLOWED))}")
    for reserved in _RESERVED:
        if block.overlaps(reserved):
            raise ValueError(f"{text} overlaps with {reserved}, which Confluent Cloud reserves")
