"""Runs the scenarios of StreamsVpcPeering with a real operator."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from argo.harness import Harness, new_harness
from argo.scenarios import (
    ACCOUNT,
    BLOCKED,
    BROKEN_OFF,
    DOWN,
    LIMITED,
    OWNER,
    PROJECT,
    READ_ONLY,
    REVOKED,
    SCENARIOS,
    WRONG_KEY,
    LaterChange,
    Scenario,
    says,
)
from atlas_simulator import Settings
from local_cluster import Cluster

Manifest = dict[str, Any]

HOURS: Final = 3600.0
QUICK: Final = {"recorded": 0.05, "requested": 0.05, "provisioning": 0.1, "deleting": 0.1}
SLOW: Final = dict.fromkeys(QUICK, HOURS)
KEYS: Final = {
    OWNER: ("abcdefgh", "owner"),
    READ_ONLY: ("readonly", "read"),
    BLOCKED: ("blockedx", "owner"),
    REVOKED: ("revokedx", "owner"),
}
"""Secret → public key and role."""
_FAILURES: Final = {"failed": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"}


def collect_peerings(cluster: Cluster) -> dict[str, Manifest]:
    """Run every scenario, and return the objects as the API server then has them, by name."""
    with new_harness(cluster, "svp", _settings()) as harness:
        return _Collector(harness).run()


class _Collector:
    def __init__(self, harness: Harness) -> None:
        self._harness, self._atlas = harness, harness.simulator

    def run(self) -> dict[str, Manifest]:
        """Run the scenarios, in order."""
        self._prepare()
        self._create(each for each in SCENARIOS if each.like is None)
        untouched = [each for each in SCENARIOS if each.reason is None]
        found = self._objects(untouched)
        self._harness.operator.start()
        others = [each for each in SCENARIOS if each not in untouched]
        self._wait([each for each in others if each.like is None], Scenario.has_first_state)
        self._create(each for each in others if each.like is not None)
        unseen = [each for each in others if each.later is not None and each.later.unseen]
        seen = [each for each in others if each not in unseen]
        self._apply_later_changes(seen)
        found |= self._wait(seen, Scenario.has_final_state)
        self._harness.operator.stop()
        self._apply_later_changes(unseen)
        return found | self._objects(unseen)

    def _prepare(self) -> None:
        for project in (PROJECT, DOWN, LIMITED, BROKEN_OFF):
            self._atlas.add_project(project, accepter_vpc="vpc-0c1d2e3f405162738")
        for name, (public, role) in KEYS.items():
            address = "203.0.113.7" if name == BLOCKED else None
            roles = dict.fromkeys((PROJECT, DOWN, LIMITED, BROKEN_OFF), role)
            self._atlas.add_api_key(public, f"private-{name}", roles=roles, blocked_address=address)
            self._harness.secret(name, {"publicApiKey": public, "privateApiKey": f"private-{name}"})
        self._harness.secret(WRONG_KEY, {"publicApiKey": KEYS[OWNER][0], "privateApiKey": "another"})
        self._atlas.fault("answer", "list", project=DOWN, status=503, times=None)
        self._atlas.fault("answer", "list", project=LIMITED, status=429, headers={"Retry-After": "1"}, times=None)

    def _create(self, scenarios: Iterable[Scenario]) -> None:
        chosen = list(scenarios)
        for scenario in chosen:
            for index, state in enumerate(scenario.requests):
                self._request(scenario, index, state)
        self._harness.create(scenario.manifest() for scenario in chosen)

    def _request(self, scenario: Scenario, index: int, state: str) -> None:
        forced = state != "pending-acceptance"
        delays = {**(SLOW if scenario.stays else QUICK), **({"initiating_request": HOURS} if forced else {})}
        # AWS takes no second request between the same two VPCs.
        accepter_vpc = f"vpc-0c1d2e3f40516273{index}" if index else None
        connection = self._atlas.request_peering(
            project=scenario.project,
            account=ACCOUNT,
            vpc=scenario.vpc,
            accepter_vpc=accepter_vpc,
            name=scenario.connection(index),
            delays=delays,
        )
        if forced:
            self._atlas.set_cloud_status(connection, state, message=_FAILURES.get(state))

    def _apply_later_changes(self, scenarios: Iterable[Scenario]) -> None:
        for scenario in scenarios:
            if scenario.later is not None:
                self._apply_later_change(scenario, scenario.later)

    def _apply_later_change(self, scenario: Scenario, later: LaterChange) -> None:
        match later:
            case LaterChange.CONNECTION_DELETED:
                self._atlas.set_cloud_status(scenario.connection(), "deleted")
            case LaterChange.LISTS_FAIL:
                self._atlas.fault("answer", "list", project=scenario.project, status=503, times=None)
            case LaterChange.IS_DELETED_WITHOUT_ACCESS:
                self._atlas.remove_principal(KEYS[scenario.secret][0])
                self._wait([scenario], lambda _, found: says(found, "Ready", scenario.reason))
                self._harness.delete(scenario.name)
            case LaterChange.IS_SUSPENDED_AND_DELETED:
                self._harness.patch(scenario.name, suspend=True)
                self._harness.delete(scenario.name)
            case LaterChange.IS_DELETED | LaterChange.IS_DELETED_UNSEEN:
                self._harness.delete(scenario.name)
            case LaterChange.IS_CHANGED_UNSEEN:
                self._harness.patch(scenario.name, suspend=True)

    def _wait(self, scenarios: Sequence[Scenario], is_met: Callable[[Scenario, Manifest], bool]) -> dict[str, Manifest]:
        """Wait until the objects have the expected state, and return them."""
        return self._harness.wait({scenario.name: partial(is_met, scenario) for scenario in scenarios})

    def _objects(self, scenarios: Iterable[Scenario]) -> dict[str, Manifest]:
        listed = self._harness.objects()
        return {scenario.name: listed[scenario.name] for scenario in scenarios}


def _settings() -> Settings:
    settings = Settings()
    return settings.model_copy(update={"delays": settings.delays.model_copy(update=QUICK)})
