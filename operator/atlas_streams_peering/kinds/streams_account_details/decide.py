"""Decides what to report for a StreamsAccountDetails, and the content of its ConfigMap."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from ...api.conditions import Reason
from ...atlas.models import AccountDetails
from ...controller.decision import Decision, Progress, Readiness
from . import messages
from .resource import CloudProvider, StreamsAccountDetailsSpec, StreamsAccountDetailsStatus


@dataclass(frozen=True, slots=True)
class NoNetwork:
    """Atlas has no network in the region."""

    words: str
    """Atlas' answer, in a sentence."""


class _Fields(NamedTuple):
    """Fields of Atlas' answer and of the status for the account and the network of a cloud, in Python's spelling."""

    atlas_account: str
    atlas_network: str
    account: str
    network: str


_FIELDS: Final = {
    CloudProvider.AWS: _Fields("aws_account_id", "vpc_id", "account_id", "vpc_id"),
    CloudProvider.AZURE: _Fields(
        "azure_subscription_id", "virtual_network_name", "subscription_id", "virtual_network_name"
    ),
    CloudProvider.GCP: _Fields("gcp_project_id", "vpc_network_name", "gcp_project_id", "vpc_network_name"),
}


def decide(
    spec: StreamsAccountDetailsSpec, before: StreamsAccountDetailsStatus, answer: AccountDetails | NoNetwork
) -> Decision[StreamsAccountDetailsStatus]:
    """Report Atlas' answer. `before`: the last status, which names the ConfigMap that was written."""
    provider, region = spec.provider, spec.atlas_region
    status = StreamsAccountDetailsStatus(
        cloud_provider=provider.value, region=region, config_map_name=before.config_map_name
    )
    if isinstance(answer, NoNetwork):
        return Decision(_unavailable(messages.region_not_available(provider, region, answer.words)), status)
    fields = _FIELDS[provider]
    account, network = getattr(answer, fields.atlas_account) or None, getattr(answer, fields.atlas_network) or None
    cidr = answer.cidr_block or None
    known = {
        "account": account,
        "network": network,
        "cidr_block": cidr,
        fields.account: account,
        fields.network: network,
    }
    status = status.model_copy(update=known)
    if account and network and cidr:
        message = messages.available(provider, region, account, network, cidr)
        return Decision(Readiness(Reason.AVAILABLE, message, Progress.REACHED), status)
    values = ((fields.account, account), (fields.network, network), ("cidr_block", cidr))
    missing = (_alias(name) for name, value in values if not value)
    return Decision(_unavailable(messages.incomplete(provider, region, missing)), status)


def config_map_data(spec: StreamsAccountDetailsSpec, status: StreamsAccountDetailsStatus) -> dict[str, str]:
    """Return the content of the ConfigMap: values under the names that the status gives them."""
    fields = _FIELDS[spec.provider]
    shown = status.model_dump(by_alias=True, exclude_none=True)
    names = ("cloud_provider", "region", fields.account, fields.network, "cidr_block")
    return {"projectId": spec.project_id} | {_alias(name): shown[_alias(name)] for name in names}


def config_map_conflict(name: str, controller: str | None) -> Readiness:
    """Report a ConfigMap of another owner. `controller`: kind and name of its owner."""
    message = messages.config_map_conflict(name, controller)
    return Readiness(Reason.CONFIG_MAP_CONFLICT, message, Progress.STALLED)


def _unavailable(message: str) -> Readiness:
    return Readiness(Reason.REGION_NOT_AVAILABLE, message, Progress.STALLED)


def _alias(name: str) -> str:
    return StreamsAccountDetailsStatus.model_fields[name].alias or name
