"""Every sentence that users read about a StreamsAccountDetails. Each says what to do; none contains a time."""

from collections.abc import Iterable

from .resource import CloudProvider

RETAINED = "Nothing outside Kubernetes was changed."

_NETWORKS = {CloudProvider.AWS: "VPC", CloudProvider.AZURE: "virtual network", CloudProvider.GCP: "VPC network"}
_ACCOUNTS = {CloudProvider.AWS: "account", CloudProvider.AZURE: "subscription", CloudProvider.GCP: "project"}


def available(provider: CloudProvider, region: str, account: str, network: str, cidr: str) -> str:
    """Atlas' answer is complete."""
    where = f"{_ACCOUNTS[provider]} {account} in {provider} {region}"
    return f"Atlas uses {_NETWORKS[provider]} {network} ({cidr}) of {where}."


def region_not_available(provider: CloudProvider, region: str, words: str) -> str:
    """Atlas has no network in the region; `words` is Atlas' answer."""
    said = words.rstrip(".")
    where = "" if f"{provider} {region}" in said else f" for {provider} {region}"
    return (
        f"{said}{where}; the project needs a dedicated cluster (M10 or larger) or a network container in this region, "
        f"and spec.region must be a region of {provider} as Atlas spells it."
    )


def incomplete(provider: CloudProvider, region: str, missing: Iterable[str]) -> str:
    """Atlas' answer lacks fields that a requester needs; `missing` are names of status fields."""
    return (
        f"Atlas' answer for {provider} {region} has no {', '.join(missing)}; the project needs a dedicated cluster "
        "(M10 or larger) or a network container in this region."
    )


def config_map_conflict(name: str, controller: str | None) -> str:
    """The ConfigMap belongs to another owner."""
    owner = f"belongs to {controller}" if controller else "does not belong to this object"
    return (
        f"ConfigMap {name} exists and {owner}, so the operator leaves it alone; delete it, or name another one in "
        "spec.configMapRef."
    )
