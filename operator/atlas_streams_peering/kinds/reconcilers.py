"""The kinds that the operator reconciles: the one place where a new kind is added to the path."""

from typing import Any

from ..atlas.client import Atlas
from ..confluent.client import Confluent
from ..controller.kind import Kind
from ..kube.config_maps import ConfigMaps
from ..kube.labelled import LabelledObjects
from .confluent_peering.reconciler import ConfluentPeeringKind
from .streams_account_details.reconciler import StreamsAccountDetailsKind
from .streams_outbound_vpc_peering.reconciler import StreamsOutboundVpcPeeringKind
from .streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from .streams_vpc_peering_policy.reconciler import StreamsVpcPeeringPolicyKind


def kinds(
    atlas: Atlas, confluent: Confluent, config_maps: ConfigMaps, peerings: LabelledObjects | None = None
) -> tuple[Kind[Any, Any, Any], ...]:
    """Return all kinds, each with the service that it observes, and with what it writes in the cluster.

    `peerings`: access to the StreamsVpcPeerings of policies; None: policies are off.
    """
    peering = StreamsVpcPeeringKind(atlas)
    served: tuple[Kind[Any, Any, Any], ...] = (
        peering,
        StreamsAccountDetailsKind(atlas, config_maps),
        ConfluentPeeringKind(confluent),
        StreamsOutboundVpcPeeringKind(atlas),
    )
    if peerings is None:
        return served
    return (*served, StreamsVpcPeeringPolicyKind(peering.connections, peerings))
