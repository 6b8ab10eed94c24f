"""The kinds that the operator reconciles: the one place where a new kind is added to the path."""

from typing import Any

from ..atlas.client import Atlas
from ..controller.kind import Kind
from .streams_vpc_peering.reconciler import StreamsVpcPeeringKind


def kinds(atlas: Atlas) -> tuple[Kind[Any, Any, Any], ...]:
    """Return all kinds, each with the service that it observes."""
    return (StreamsVpcPeeringKind(atlas),)
