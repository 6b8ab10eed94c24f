"""Assembles the parts of one simulator."""

import asyncio
import random

from atlas_simulator.account_details import AccountDetails
from atlas_simulator.admission import Admission
from atlas_simulator.atlas_service import ATLAS
from atlas_simulator.clock import Clock
from atlas_simulator.confluent.cloud import ConfluentCloud
from atlas_simulator.confluent.failure import CONFLUENT
from atlas_simulator.connections import Connections
from atlas_simulator.directory import Directory
from atlas_simulator.faults import Faults
from atlas_simulator.gateway import Gateway
from atlas_simulator.network_containers import NetworkContainers
from atlas_simulator.network_peering import NetworkPeering
from atlas_simulator.network_peers import NetworkPeers
from atlas_simulator.oauth import TokenService
from atlas_simulator.request_log import RequestLog
from atlas_simulator.settings import Settings
from atlas_simulator.stream_peering import StreamPeering
from atlas_simulator.system_status import operations as system_status_operations


class Simulation:
    """The state of a simulator, and the gateway that answers its requests.

    A new endpoint module only adds its operations in :meth:`__init__`.
    """

    def __init__(self, settings: Settings, clock: Clock, *, record_exchanges: bool) -> None:
        self.settings = settings
        self.clock = clock
        self.rng = random.Random(settings.seed)
        self.directory = Directory()
        self.faults = Faults(self.rng)
        self.log = RequestLog(settings.log_capacity, settings.exchange_capacity, record_exchanges=record_exchanges)
        self.connections = Connections(settings, clock, self.directory, self.rng)
        self.network_peers = NetworkPeers(settings, clock, self.rng)
        self.tokens = TokenService(settings, clock, self.directory)
        self.admission = Admission(settings, clock, self.directory, self.tokens)
        self.confluent = ConfluentCloud(settings, clock, self.rng, self.directory, self.connections)
        operations = [
            *StreamPeering(settings, clock, self.connections).operations(self.admission),
            *AccountDetails(settings, self.directory).operations(self.admission),
            *NetworkPeering(settings, clock, self.network_peers).operations(self.admission),
            *NetworkContainers(settings, clock, self.network_peers).operations(self.admission),
            *system_status_operations(self.admission),
            *self.tokens.operations(),
            *self.confluent.operations(),
        ]
        self.gateway = Gateway([CONFLUENT, ATLAS], operations, clock, self.faults, self.log)
        self.loop: asyncio.AbstractEventLoop | None = None
        """The event loop that serves requests; ``None`` while the simulator is stopped."""
