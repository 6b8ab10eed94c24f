"""Determines the Atlas VPC of an object: from the spec, a StreamsAccountDetails, or its own status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from . import messages
from .phases import phase_of
from .resource import ActionType, AtlasNetwork, ConfluentPeeringSpec, ConfluentPeeringStatus

_AWS: Final = "aws"


@dataclass(frozen=True, slots=True)
class AtlasSide:
    """The Atlas side, as far as it is known."""

    network: AtlasNetwork | None
    """Complete; None: `missing` says why."""
    missing: str = ""
    changed: bool = False
    """The reference now names another VPC than the one that the peering leads to."""


def atlas_side(
    spec: ConfluentPeeringSpec,
    status: ConfluentPeeringStatus,
    details: Mapping[str, Any] | None,
    *,
    deleting: bool,
) -> AtlasSide:
    """Return the Atlas side. `details`: the status of the StreamsAccountDetails, None: there is none.

    If the referenced object is deleted, or names another VPC, the request stays valid: while the object holds a live
    peering, it keeps that peering's VPC.
    """
    known = status.atlas if status.atlas is not None and status.atlas.complete else None
    given = _given(spec, details)
    if known is not None and (deleting or has_live(status)):
        same = given is not None and (given.account_id, given.vpc_id) == (known.account_id, known.vpc_id)
        return AtlasSide(given if same and not deleting else known, changed=given is not None and not same)
    if given is not None or known is not None:
        return AtlasSide(given or known)
    return AtlasSide(None, _missing(spec, details))


def has_live(status: ConfluentPeeringStatus) -> bool:
    """Return whether the object holds a peering that is not dead, or has requested one that no list shows yet."""
    if status.peering_id is None:
        return is_requested(status)
    return status.phase is None or not phase_of(status.phase).dead


def is_requested(status: ConfluentPeeringStatus) -> bool:
    """Return whether the object has requested a peering whose ID it does not know."""
    requested = status.last_action is not None and status.last_action.type == ActionType.REQUEST
    return requested and status.peering_id is None


def _given(spec: ConfluentPeeringSpec, details: Mapping[str, Any] | None) -> AtlasNetwork | None:
    if spec.atlas is not None:
        return AtlasNetwork.model_validate(spec.atlas.model_dump())
    said = details or {}
    names = ("accountId", "vpcId", "cidrBlock", "region")
    network = AtlasNetwork.model_validate({name: said[name] for name in names if isinstance(said.get(name), str)})
    return network if network.complete else None


def _missing(spec: ConfluentPeeringSpec, details: Mapping[str, Any] | None) -> str:
    reference = spec.account_details_ref
    if reference is None:
        return messages.NO_ATLAS_SIDE
    provider = (details or {}).get("cloudProvider")
    if isinstance(provider, str) and provider != _AWS:
        return messages.details_not_aws(reference.name, provider)
    return messages.reference_not_ready(reference.name)
