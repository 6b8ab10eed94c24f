"""Checks of Confluent Cloud's answers to the API keys and networks of ConfluentPeerings."""

from dataclasses import dataclass
from typing import Final

from ....confluent.models import Network
from ....transport.errors import CredentialsInvalid, RequestRefused, ServiceError, TransientError, Unauthorized
from ..findings import Check, CheckResult, Evidence, Finding, Group, Outcome

_OK: Final = CheckResult(
    Outcome.OK, "Confluent Cloud accepts the API key of {source}, which can read network {network} ({phase})."
)
_INVALID: Final = CheckResult(
    Outcome.FAILED,
    "Confluent Cloud does not accept the API key of {source}: {problem}",
    "Put a Cloud API key (`confluent api-key create --resource cloud`) into the Secret, not the key of a cluster.",
)
_FORBIDDEN: Final = CheckResult(
    Outcome.FAILED,
    "The API key of {source} may not read network {network}: {problem}",
    "Give the key's owner the role NetworkAdmin on environment {environment}, and check spec.environmentId.",
)
_NOT_FOUND: Final = CheckResult(
    Outcome.FAILED,
    "Confluent Cloud knows no network {network} in environment {environment}: {problem}",
    "Check spec.networkId and spec.environmentId: `confluent network list --environment {environment}`.",
)
_UNUSABLE: Final = CheckResult(
    Outcome.FAILED,
    "Network {network} cannot be peered with Atlas: {why}.",
    "Create a network on AWS with the connection type PEERING (docs/confluent.md).",
)
_UNKNOWN: Final = CheckResult(
    Outcome.UNKNOWN,
    "The doctor cannot tell whether Confluent Cloud accepts the API key of {source}: {problem}",
    "Run doctor again.",
)

CONFLUENT: Final = Check(
    "confluent-network",
    Group.CONFLUENT,
    "API key and network",
    "Reads the network of each ConfluentPeering with its API key. Reading cannot tell whether the key may request "
    "peerings.",
    (_OK, _INVALID, _FORBIDDEN, _NOT_FOUND, _UNUSABLE, _UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class ConfluentAccess:
    """Confluent Cloud's answer to a read of a network."""

    source: str
    environment: str
    network_id: str
    network: Network | None = None
    error: ServiceError | None = None


def judge(access: ConfluentAccess) -> Finding:
    """Judge Confluent Cloud's answer to an API key and a network."""
    subject = f"{access.source}, network {access.network_id}"
    problem = str(access.error or "")
    words = {
        "source": access.source,
        "network": access.network_id,
        "environment": access.environment,
        "problem": problem,
    }
    match access.error:
        case CredentialsInvalid():
            result = _INVALID
        case Unauthorized():
            result = _FORBIDDEN
        case RequestRefused(status=404):
            result = _NOT_FOUND
        case None if access.network is not None:
            return _judge_network(access.network, subject, words)
        case TransientError() | _:
            result = _UNKNOWN
    return CONFLUENT.finding(result, subject=subject, words=words)


def _judge_network(network: Network, subject: str, words: dict[str, str]) -> Finding:
    evidence: dict[str, Evidence] = {
        "cloud": network.cloud or "",
        "region": network.region or "",
        "phase": network.phase or "",
        "connectionTypes": network.connection_types or (),
    }
    if network.cloud not in (None, "AWS"):
        return CONFLUENT.finding(
            _UNUSABLE, subject=subject, evidence=evidence, why=f"it is on {network.cloud}", words=words
        )
    if network.connection_types is not None and "PEERING" not in network.connection_types:
        why = "it does not have the connection type PEERING"
        return CONFLUENT.finding(_UNUSABLE, subject=subject, evidence=evidence, why=why, words=words)
    return CONFLUENT.finding(_OK, subject=subject, evidence=evidence, phase=network.phase or "no phase", words=words)
