"""The operations on peerings: list, read, create, rename and delete."""

from collections.abc import Mapping

from atlas_simulator.clock import Clock
from atlas_simulator.confluent.admission import Admission
from atlas_simulator.confluent.body import ChangedPeering, NewPeering, parsed
from atlas_simulator.confluent.cloud_key import CloudRole
from atlas_simulator.confluent.inventory import Inventory
from atlas_simulator.confluent.link import Links
from atlas_simulator.confluent.peering import Peering
from atlas_simulator.confluent.phase import Phase
from atlas_simulator.confluent.query import environment_of, filters_of, page_of
from atlas_simulator.faults import FaultKind
from atlas_simulator.messages import Answer, Request, json_answer
from atlas_simulator.operation import Inbound, Operation

_FILTERS = ("spec.display_name", "spec.network", "status.phase")
_COLLECTION = "peerings"
_ONE = r"peerings/(?P<peering>[^/]+)"


class Peerings:
    """The operations that read and change peerings."""

    def __init__(self, clock: Clock, inventory: Inventory, admission: Admission) -> None:
        self._clock = clock
        self._inventory = inventory
        self._admission = admission

    def operations(self) -> list[Operation]:
        """Return the operations, which first check what :class:`Admission` checks."""
        operation = self._admission.operation
        return [
            operation("list-peerings", "GET", _COLLECTION, self._list),
            operation("create-peering", "POST", _COLLECTION, self._create),
            operation("get-peering", "GET", _ONE, self._get),
            operation("update-peering", "PATCH", _ONE, self._update),
            operation("delete-peering", "DELETE", _ONE, self._delete),
        ]

    def _list(self, inbound: Inbound) -> Answer:
        request = inbound.request
        environment, filters = filters_of(request, _FILTERS)
        self._admission.authorize(inbound, environment, CloudRole.READ)
        settings = self._inventory.settings
        time = self._clock.now() - settings.read_lag
        phases = {
            each.id: phase
            for each in self._inventory.peerings.values()
            if each.environment == environment and (phase := each.at(time)) is not None
        }
        rows = [self._inventory.peerings[each] for each in phases]
        matching = [row for row in rows if _matches(row, phases[row.id], filters)]
        shown, metadata = page_of(request, matching, settings)
        data = [self._document(request, row, phases[row.id]) for row in shown]
        return json_answer(
            200, {"api_version": "networking/v1", "kind": "PeeringList", "metadata": metadata, "data": data}
        )

    def _get(self, inbound: Inbound) -> Answer:
        environment = environment_of(inbound.request)
        self._admission.authorize(inbound, environment, CloudRole.READ)
        peering, phase = self._find(inbound, environment)
        return json_answer(200, self._document(inbound.request, peering, phase))

    def _create(self, inbound: Inbound) -> Answer:
        spec = parsed(NewPeering, inbound.request).spec
        self._admission.authorize(inbound, spec.environment.id, CloudRole.OWNER)
        peering, phase = self._inventory.create_peering(
            spec.environment.id, spec.network.id, spec.cloud.wanted(spec.display_name or None), inbound.fault
        )
        location = Links.of(inbound.request).peering(peering.environment, peering.id)
        return json_answer(202, self._document(inbound.request, peering, phase), {"Location": location})

    def _update(self, inbound: Inbound) -> Answer:
        spec = parsed(ChangedPeering, inbound.request).spec
        self._admission.authorize(inbound, spec.environment.id, CloudRole.OWNER)
        peering, phase = self._find(inbound, spec.environment.id)
        ignored = inbound.fault is not None and inbound.fault.kind is FaultKind.NO_EFFECT
        if spec.display_name is not None and not ignored:
            peering.rename(self._clock.now(), spec.display_name or None)
        return json_answer(200, self._document(inbound.request, peering, phase))

    def _delete(self, inbound: Inbound) -> Answer:
        environment = environment_of(inbound.request)
        self._admission.authorize(inbound, environment, CloudRole.OWNER)
        peering, _ = self._find(inbound, environment)
        self._inventory.delete_peering(peering, inbound.fault)
        return Answer(204, content_type=None)

    def _find(self, inbound: Inbound, environment: str) -> tuple[Peering, Phase]:
        peering_id = inbound.parameters["peering"]
        found = self._inventory.peering(environment, peering_id)
        if found is None:
            raise self._inventory.missing(f"peering {peering_id}")
        return found

    def _document(self, request: Request, peering: Peering, phase: Phase) -> dict[str, object]:
        return peering.document(phase, Links.of(request), long_kinds=self._inventory.settings.long_kinds)


def _matches(peering: Peering, phase: Phase, filters: Mapping[str, list[str]]) -> bool:
    values = {
        "spec.display_name": peering.spec.display_name,
        "spec.network": peering.network.id,
        "status.phase": phase.name,
    }
    return all(values[name] in wanted for name, wanted in filters.items())
