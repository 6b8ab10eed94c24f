"""Simulates the streams and network peering endpoints of MongoDB Atlas and the networking API of Confluent Cloud.

It is for tests and demonstrations. A peering that is requested in Confluent Cloud shows up in Atlas.
"""

from atlas_simulator.clock import Clock
from atlas_simulator.confluent.controls import ConfluentControls, ConfluentNetwork, ConfluentPeering
from atlas_simulator.confluent.settings import (
    ConfluentDelays,
    ConfluentOutcomes,
    ConfluentRateLimit,
    ConfluentRefusal,
    ConfluentRefusals,
    ConfluentSettings,
)
from atlas_simulator.connection import ConnectionState, Side
from atlas_simulator.controls import Controls, Peering
from atlas_simulator.faults import Fault, FaultKind
from atlas_simulator.network_controls import NetworkControls, PlacedNetwork
from atlas_simulator.network_peering_controls import NetworkPeeringControls, OutboundPeering, PlacedContainer
from atlas_simulator.regions import CloudProvider
from atlas_simulator.request_log import Call, Exchange
from atlas_simulator.settings import CloudStatusStyle, Delays, Linger, RateLimit, RefusalText, Settings
from atlas_simulator.simulator import Simulator, SimulatorThread

__all__ = [
    "Call",
    "Clock",
    "CloudProvider",
    "CloudStatusStyle",
    "ConfluentControls",
    "ConfluentDelays",
    "ConfluentNetwork",
    "ConfluentOutcomes",
    "ConfluentPeering",
    "ConfluentRateLimit",
    "ConfluentRefusal",
    "ConfluentRefusals",
    "ConfluentSettings",
    "ConnectionState",
    "Controls",
    "Delays",
    "Exchange",
    "Fault",
    "FaultKind",
    "Linger",
    "NetworkControls",
    "NetworkPeeringControls",
    "OutboundPeering",
    "Peering",
    "PlacedContainer",
    "PlacedNetwork",
    "RateLimit",
    "RefusalText",
    "Settings",
    "Side",
    "Simulator",
    "SimulatorThread",
]
