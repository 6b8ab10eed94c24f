"""The operations on networks; only the controls create, change and remove a network."""

from collections.abc import Mapping, Sequence

from atlas_simulator.clock import Clock
from atlas_simulator.confluent.admission import Admission
from atlas_simulator.confluent.cloud_key import CloudRole
from atlas_simulator.confluent.inventory import Inventory
from atlas_simulator.confluent.link import Links
from atlas_simulator.confluent.network import Network
from atlas_simulator.confluent.phase import Phase
from atlas_simulator.confluent.query import environment_of, filters_of, page_of
from atlas_simulator.messages import Answer, json_answer
from atlas_simulator.operation import Inbound, Operation

_FILTERS = (
    "spec.display_name",
    "spec.cloud",
    "spec.region",
    "spec.connection_types",
    "spec.cidr",
    "status.phase",
)


class Networks:
    """The operations that read networks."""

    def __init__(self, clock: Clock, inventory: Inventory, admission: Admission) -> None:
        self._clock = clock
        self._inventory = inventory
        self._admission = admission

    def operations(self) -> list[Operation]:
        """Return the operations ``list-networks`` and ``get-network``."""
        return [
            self._admission.operation("list-networks", "GET", "networks", self._list),
            self._admission.operation("get-network", "GET", r"networks/(?P<network>[^/]+)", self._get),
        ]

    def _list(self, inbound: Inbound) -> Answer:
        request = inbound.request
        environment, filters = filters_of(request, _FILTERS)
        self._admission.authorize(inbound, environment, CloudRole.READ)
        settings = self._inventory.settings
        time = self._clock.now() - settings.read_lag
        phases = {
            each.id: phase
            for each in self._inventory.networks.values()
            if each.environment == environment and (phase := each.at(time)) is not None
        }
        rows = [self._inventory.networks[each] for each in phases]
        matching = [row for row in rows if _matches(row, phases[row.id], filters)]
        shown, metadata = page_of(request, matching, settings)
        links = Links.of(request)
        data = [row.document(phases[row.id], links, long_kinds=settings.long_kinds) for row in shown]
        return json_answer(
            200, {"api_version": "networking/v1", "kind": "NetworkList", "metadata": metadata, "data": data}
        )

    def _get(self, inbound: Inbound) -> Answer:
        environment = environment_of(inbound.request)
        self._admission.authorize(inbound, environment, CloudRole.READ)
        network_id = inbound.parameters["network"]
        found = self._inventory.network(environment, network_id)
        settings = self._inventory.settings
        if found is None:
            raise self._inventory.missing(f"network {network_id}")
        network, phase = found
        return json_answer(200, network.document(phase, Links.of(inbound.request), long_kinds=settings.long_kinds))


def _matches(network: Network, phase: Phase, filters: Mapping[str, list[str]]) -> bool:
    values: dict[str, Sequence[str | None]] = {
        "spec.display_name": [network.display_name],
        "spec.cloud": [network.cloud],
        "spec.region": [network.region],
        "spec.connection_types": network.connection_types,
        "spec.cidr": [network.cidr],
        "status.phase": [phase.name],
    }
    return all(any(value in wanted for value in values[name]) for name, wanted in filters.items())
