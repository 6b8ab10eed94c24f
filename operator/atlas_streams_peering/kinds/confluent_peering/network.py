"""The Confluent Cloud network, and the reasons why it cannot be peered."""

from dataclasses import dataclass
from typing import Final

from ...api.conditions import Reason
from ...confluent.models import Network
from ...controller.decision import Progress, Readiness
from . import messages
from .phases import NetworkPhase, network_phase_of
from .resource import NetworkSide

_PEERING: Final = "PEERING"
_AWS: Final = "AWS"


@dataclass(frozen=True, slots=True)
class NoNetwork:
    """Confluent Cloud has no such network."""

    words: str
    """Confluent Cloud's answer, in a sentence."""


def requester_of(network: Network | NoNetwork | None) -> NetworkSide | None:
    """Return the AWS account and VPC of the network, when it is ready."""
    if not isinstance(network, Network) or network_phase_of(network.phase) is not NetworkPhase.READY:
        return None
    if not (network.aws_account_id and network.aws_vpc_id):
        return None
    return NetworkSide(account_id=network.aws_account_id, vpc_id=network.aws_vpc_id, cidr=network.cidr)


def obstacle(network: Network | NoNetwork, network_id: str, environment_id: str) -> Readiness | None:
    """Return why a peering of the network cannot be requested; None: it can."""
    if isinstance(network, NoNetwork):
        message = messages.network_not_found(network_id, environment_id, network.words)
        return Readiness(Reason.NETWORK_NOT_FOUND, message, Progress.STALLED)
    unsupported = _unsupported(network)
    if unsupported is not None:
        message = messages.network_unsupported(network_id, unsupported)
        return Readiness(Reason.NETWORK_UNSUPPORTED, message, Progress.STALLED)
    if network_phase_of(network.phase) is NetworkPhase.FAILED:
        message = messages.network_failed(network_id, network.error_code, network.error_message)
        return Readiness(Reason.NETWORK_FAILED, message, Progress.STALLED)
    if requester_of(network) is None:
        message = messages.network_not_ready(network_id, network.phase)
        return Readiness(Reason.NETWORK_NOT_READY, message, Progress.RECONCILING)
    return None


def _unsupported(network: Network) -> str | None:
    """Return why the network can never be peered with Atlas. Absent fields are no reason."""
    if network.cloud is not None and network.cloud.upper() != _AWS:
        return f"is on {network.cloud}, not on AWS"
    types = network.connection_types
    if types is not None and _PEERING not in {each.upper() for each in types}:
        return f"has the connection types {', '.join(types) or '(none)'}, not PEERING"
    return None
