"""Assembles the parts of the simulated Confluent Cloud."""

import random

from atlas_simulator.clock import Clock
from atlas_simulator.confluent.admission import Admission
from atlas_simulator.confluent.aws import Requester
from atlas_simulator.confluent.inventory import Inventory
from atlas_simulator.confluent.networks import Networks
from atlas_simulator.confluent.peerings import Peerings
from atlas_simulator.connections import Connections
from atlas_simulator.directory import Directory
from atlas_simulator.operation import Operation
from atlas_simulator.settings import Settings


class ConfluentCloud:
    """The state of Confluent Cloud, and its operations."""

    def __init__(
        self, settings: Settings, clock: Clock, rng: random.Random, directory: Directory, connections: Connections
    ) -> None:
        self._clock = clock
        self.inventory = Inventory(settings, clock, Requester(directory, connections), rng)
        self.admission = Admission(settings, clock)

    def operations(self) -> list[Operation]:
        """Return the operations on networks and peerings."""
        return [
            *Networks(self._clock, self.inventory, self.admission).operations(),
            *Peerings(self._clock, self.inventory, self.admission).operations(),
        ]
