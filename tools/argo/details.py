"""StreamsAccountDetails in each state that the operator brings them to: Argo CD's health check is tested on these."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from argo.customizations import DETAILS_KIND, GROUP, ROOT
from argo.specimens import ABSENT, BROKEN_OFF, OWNER, PROJECT, UNKNOWN_PROJECT, WRONG_KEY, says
from argo.stage import LIMIT, NAMESPACE, StagedOperator
from atlas_simulator import SimulatorThread
from atlas_streams_peering.api.conditions import Reason
from local_cluster import ESTABLISHED, Cluster, ControlPlane, LocalClusterError
from local_cluster.processes import ProcessGroup

Manifest = dict[str, Any]

_KEY: Final = "abcdefgh"
_TAKEN: Final = "taken"


@dataclass(frozen=True)
class Details:
    """An object, and what it becomes."""

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


def collect_details(directory: Path) -> dict[str, Manifest]:
    """Bring every object to where it shall be, and return what the API server then has of them, by name."""
    with ExitStack() as undo:
        cluster = undo.enter_context(ControlPlane().start(directory, audit=False))
        group = undo.enter_context(ProcessGroup())
        atlas = undo.enter_context(SimulatorThread())
        operator = StagedOperator(cluster, atlas.base_url, group, directory / "operator.log")
        return _Stage(cluster, atlas, operator).play()


class _Stage:
    def __init__(self, cluster: Cluster, atlas: SimulatorThread, operator: StagedOperator) -> None:
        self._cluster, self._atlas, self._operator = cluster, atlas, operator

    def play(self) -> dict[str, Manifest]:
        """Let all of it happen, in order."""
        self._prepare()
        untouched = self._objects()
        self._operator.start()
        self._wait(lambda each, found: says(found, "Ready", each.reason))
        for each in DETAILS:
            if each.synced is not None:
                self._atlas.fault("answer", "account-details", project=each.project, status=503, times=None)
        self._wait(lambda each, found: each.synced is None or says(found, "Synced", each.synced))
        self._operator.stop()
        for each in DETAILS:
            if each.changed_unseen:
                self._kubectl(
                    "patch", "sacct", each.name, "--type=merge", '-p={"spec":{"configMapRef":{"name":"new"}}}'
                )
        found = self._objects()
        return {each.name: (untouched if each.reason is None else found)[each.name] for each in DETAILS}

    def _prepare(self) -> None:
        self._cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        self._cluster.kubectl("wait", ESTABLISHED, "crd", "--all")
        self._cluster.kubectl("create", "namespace", NAMESPACE)
        for project in (PROJECT, BROKEN_OFF):
            self._atlas.add_project(project)
        self._atlas.add_api_key(_KEY, "private", roles=dict.fromkeys((PROJECT, BROKEN_OFF), "read"))
        for name, private in ((OWNER, "private"), (WRONG_KEY, "another")):
            keys = (f"--from-literal=publicApiKey={_KEY}", f"--from-literal=privateApiKey={private}")
            self._kubectl("create", "secret", "generic", name, *keys)
        self._kubectl("create", "configmap", _TAKEN)
        self._create(each.manifest() for each in DETAILS)

    def _create(self, manifests: Iterable[Manifest]) -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self._cluster.kubectl("create", f"--namespace={NAMESPACE}", "-f", "-", input=json.dumps(listed))

    def _wait(self, is_so: Callable[[Details, Manifest], bool]) -> None:
        deadline = time.monotonic() + LIMIT
        while True:
            self._operator.check()
            found = self._objects()
            other = [each.name for each in DETAILS if each.reason is not None and not is_so(each, found[each.name])]
            if not other:
                return
            if time.monotonic() > deadline:
                raise LocalClusterError(f"not what they shall be after {LIMIT:g} s: {', '.join(other)}")
            time.sleep(0.2)

    def _objects(self) -> dict[str, Manifest]:
        items: list[Manifest] = json.loads(self._kubectl("get", "sacct", "-o", "json"))["items"]
        return {item["metadata"]["name"]: item for item in items}

    def _kubectl(self, *arguments: str) -> str:
        return self._cluster.kubectl(f"--namespace={NAMESPACE}", *arguments).stdout
