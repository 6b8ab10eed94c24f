"""The kinds that the operator reconciles: the one place where a new kind is added to the path."""

from typing import Any

from ..atlas.client import Atlas
from ..confluent.client import Confluent
from ..controller.kind import Kind
from ..kube.config_maps import ConfigMaps
from .confluent_peering.reconciler import ConfluentPeeringKind
from .streams_account_details.reconciler import StreamsAccountDetailsKind
from .streams_vpc_peering.reconciler import StreamsVpcPeeringKind


def kinds(atlas: Atlas, confluent: Confluent, config_maps: ConfigMaps) -> tuple[Kind[Any, Any, Any], ...]:
    """Return all kinds, each with the service that it observes, and with what it writes in the cluster."""
    return (
        StreamsVpcPeeringKind(atlas),
        StreamsAccountDetailsKind(atlas, config_maps),
        ConfluentPeeringKind(confluent),
    )
