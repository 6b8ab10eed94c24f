"""StreamsAccountDetails in each state that the operator can report: the tests of Argo CD's health check read these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from argo.customizations import DETAILS_KIND, GROUP
from argo.harness import Harness, new_harness
from argo.scenarios import ABSENT, BROKEN_OFF, OWNER, PROJECT, UNKNOWN_PROJECT, WRONG_KEY, says
from atlas_simulator import Settings
from atlas_streams_peering.api.conditions import Reason
from local_cluster import Cluster

Manifest = dict[str, Any]

_KEY: Final = "abcdefgh"
_TAKEN: Final = "taken"


@dataclass(frozen=True)
class Details:
    """An object, and the state that it reaches."""

    name: str
    reason: Reason | None
    """What Ready says in the end; None: nothing, the operator has never run."""
    region: str = "US_EAST_1"
    project: str = PROJECT
    secret: str = OWNER
    config_map: str | None = None
    synced: Reason | None = None
    """What Synced says in the end, where Atlas stops answering after the object was Available."""
    changed_unseen: bool = False
    """Its spec is changed after the operator has stopped."""

    def manifest(self) -> Manifest:
        """Return what a user applies."""
        reference = {"configMapRef": {"name": self.config_map}} if self.config_map else {}
        return {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": DETAILS_KIND,
            "metadata": {"name": self.name},
            "spec": {
                "projectId": self.project,
                "credentialsSecretRef": {"name": self.secret},
                "region": self.region,
                **reference,
            },
        }


DETAILS: Final = (
    Details("not-looked-at", None),
    Details("available", Reason.AVAILABLE, config_map="atlas-network"),
    Details("available-during-outage", Reason.AVAILABLE, project=BROKEN_OFF, synced=Reason.ATLAS_UNAVAILABLE),
    Details("region-not-available", Reason.REGION_NOT_AVAILABLE, region="EU_WEST_3"),
    Details("config-map-conflict", Reason.CONFIG_MAP_CONFLICT, config_map=_TAKEN),
    Details("credentials-missing", Reason.CREDENTIALS_MISSING, secret=ABSENT),
    Details("credentials-invalid", Reason.CREDENTIALS_INVALID, secret=WRONG_KEY),
    Details("project-not-found", Reason.PROJECT_NOT_FOUND, project=UNKNOWN_PROJECT),
    Details("changed-unseen", Reason.AVAILABLE, changed_unseen=True),
)


def collect_details(cluster: Cluster) -> dict[str, Manifest]:
    """Run every scenario, and return the objects as the API server then has them, by name."""
    # The VPC of each project is drawn.
    with new_harness(cluster, "sacct", Settings(seed=1)) as harness:
        return _Collector(harness).run()


class _Collector:
    def __init__(self, harness: Harness) -> None:
        self._harness, self._atlas = harness, harness.simulator

    def run(self) -> dict[str, Manifest]:
        """Run the scenarios, in order."""
        self._prepare()
        untouched = self._harness.objects()
        self._harness.operator.start()
        self._wait(lambda each: lambda found: says(found, "Ready", each.reason))
        for each in DETAILS:
            if each.synced is not None:
                self._atlas.fault("answer", "account-details", project=each.project, status=503, times=None)
        self._wait(lambda each: lambda found: each.synced is None or says(found, "Synced", each.synced))
        self._harness.operator.stop()
        for each in DETAILS:
            if each.changed_unseen:
                self._harness.patch(each.name, configMapRef={"name": "new"})
        found = self._harness.objects()
        return {each.name: (untouched if each.reason is None else found)[each.name] for each in DETAILS}

    def _prepare(self) -> None:
        for project in (PROJECT, BROKEN_OFF):
            self._atlas.add_project(project)
        self._atlas.add_api_key(_KEY, "private", roles=dict.fromkeys((PROJECT, BROKEN_OFF), "read"))
        for name, private in ((OWNER, "private"), (WRONG_KEY, "another")):
            self._harness.secret(name, {"publicApiKey": _KEY, "privateApiKey": private})
        self._harness.create([{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": _TAKEN}}])
        self._harness.create(each.manifest() for each in DETAILS)

    def _wait(self, condition: Callable[[Details], Callable[[Manifest], bool]]) -> None:
        self._harness.wait({each.name: condition(each) for each in DETAILS if each.reason is not None})
