"""What brings the specimens of StreamsVpcPeering to where they shall be."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from argo.specimens import (
    ACCOUNT,
    BLOCKED,
    BROKEN_OFF,
    DOWN,
    LIMITED,
    OWNER,
    PROJECT,
    READ_ONLY,
    REVOKED,
    SPECIMENS,
    WRONG_KEY,
    Later,
    Specimen,
    says,
)
from argo.stage import Stage, opened
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
    """Bring every specimen to where it shall be, and return what the API server then has of them, by name."""
    with opened(cluster, "svp", _settings()) as stage:
        return _Play(stage).run()


class _Play:
    def __init__(self, stage: Stage) -> None:
        self._stage, self._atlas = stage, stage.simulator

    def run(self) -> dict[str, Manifest]:
        """Let all of it happen, in order."""
        self._prepare()
        self._apply(each for each in SPECIMENS if each.like is None)
        untouched = [each for each in SPECIMENS if each.reason is None]
        found = self._objects(untouched)
        self._stage.operator.start()
        others = [each for each in SPECIMENS if each not in untouched]
        self._wait([each for each in others if each.like is None], Specimen.is_at_first)
        self._apply(each for each in others if each.like is not None)
        unseen = [each for each in others if each.later is not None and each.later.unseen]
        seen = [each for each in others if each not in unseen]
        self._go_on(seen)
        found |= self._wait(seen, Specimen.is_in_the_end)
        self._stage.operator.stop()
        self._go_on(unseen)
        return found | self._objects(unseen)

    def _prepare(self) -> None:
        for project in (PROJECT, DOWN, LIMITED, BROKEN_OFF):
            self._atlas.add_project(project, accepter_vpc="vpc-0c1d2e3f405162738")
        for name, (public, role) in KEYS.items():
            address = "203.0.113.7" if name == BLOCKED else None
            roles = dict.fromkeys((PROJECT, DOWN, LIMITED, BROKEN_OFF), role)
            self._atlas.add_api_key(public, f"private-{name}", roles=roles, blocked_address=address)
            self._stage.secret(name, {"publicApiKey": public, "privateApiKey": f"private-{name}"})
        self._stage.secret(WRONG_KEY, {"publicApiKey": KEYS[OWNER][0], "privateApiKey": "another"})
        self._atlas.fault("answer", "list", project=DOWN, status=503, times=None)
        self._atlas.fault("answer", "list", project=LIMITED, status=429, headers={"Retry-After": "1"}, times=None)

    def _apply(self, specimens: Iterable[Specimen]) -> None:
        chosen = list(specimens)
        for specimen in chosen:
            for index, state in enumerate(specimen.requests):
                self._request(specimen, index, state)
        self._stage.create(specimen.manifest() for specimen in chosen)

    def _request(self, specimen: Specimen, index: int, state: str) -> None:
        forced = state != "pending-acceptance"
        delays = {**(SLOW if specimen.stays else QUICK), **({"initiating_request": HOURS} if forced else {})}
        # AWS takes no second request between the same two VPCs.
        accepter_vpc = f"vpc-0c1d2e3f40516273{index}" if index else None
        connection = self._atlas.request_peering(
            project=specimen.project,
            account=ACCOUNT,
            vpc=specimen.vpc,
            accepter_vpc=accepter_vpc,
            name=specimen.connection(index),
            delays=delays,
        )
        if forced:
            self._atlas.set_cloud_status(connection, state, message=_FAILURES.get(state))

    def _go_on(self, specimens: Iterable[Specimen]) -> None:
        for specimen in specimens:
            if specimen.later is not None:
                self._happen(specimen, specimen.later)

    def _happen(self, specimen: Specimen, later: Later) -> None:
        match later:
            case Later.DIES:
                self._atlas.set_cloud_status(specimen.connection(), "deleted")
            case Later.LISTS_FAIL:
                self._atlas.fault("answer", "list", project=specimen.project, status=503, times=None)
            case Later.IS_DELETED_WITHOUT_ACCESS:
                self._atlas.remove_principal(KEYS[specimen.secret][0])
                self._wait([specimen], lambda _, found: says(found, "Ready", specimen.reason))
                self._stage.delete(specimen.name)
            case Later.IS_SUSPENDED_AND_DELETED:
                self._stage.patch(specimen.name, suspend=True)
                self._stage.delete(specimen.name)
            case Later.IS_DELETED | Later.IS_DELETED_UNSEEN:
                self._stage.delete(specimen.name)
            case Later.IS_CHANGED_UNSEEN:
                self._stage.patch(specimen.name, suspend=True)

    def _wait(self, specimens: Sequence[Specimen], is_so: Callable[[Specimen, Manifest], bool]) -> dict[str, Manifest]:
        """Wait until the objects are what they shall be, and return them."""
        return self._stage.wait({specimen.name: partial(is_so, specimen) for specimen in specimens})

    def _objects(self, specimens: Iterable[Specimen]) -> dict[str, Manifest]:
        listed = self._stage.objects()
        return {specimen.name: listed[specimen.name] for specimen in specimens}


def _settings() -> Settings:
    settings = Settings()
    return settings.model_copy(update={"delays": settings.delays.model_copy(update=QUICK)})
