"""Simulates the streams and network peering endpoints of the MongoDB Atlas Admin API, for tests and demonstrations."""

from atlas_simulator.clock import Clock
from atlas_simulator.connection import Moment, Side
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
    "Controls",
    "Delays",
    "Exchange",
    "Fault",
    "FaultKind",
    "Linger",
    "Moment",
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
