"""A real Kubernetes API, Atlas' stand-in and the operator: what brings the specimens to where they shall be."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from argo.customizations import ROOT
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
from atlas_simulator import Settings, SimulatorThread
from local_cluster import ESTABLISHED, Cluster, ControlPlane, LocalClusterError
from local_cluster.processes import ProcessGroup, tail

Manifest = dict[str, Any]

NAMESPACE: Final = "streaming"
LIMIT: Final = 120.0
"""Seconds for each step."""
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


def collect(directory: Path) -> dict[str, Manifest]:
    """Bring every specimen to where it shall be, and return what the API server then has of them, by name."""
    with ExitStack() as undo:
        cluster = undo.enter_context(ControlPlane().start(directory, audit=False))
        group = undo.enter_context(ProcessGroup())
        atlas = undo.enter_context(SimulatorThread(_settings()))
        operator = StagedOperator(cluster, atlas.base_url, group, directory / "operator.log")
        return _Stage(cluster, atlas, operator).play()


class StagedOperator:
    """The operator as its own process, as its ServiceAccount."""

    def __init__(self, cluster: Cluster, atlas: str, group: ProcessGroup, log: Path, *, steady: int = 1) -> None:
        self._cluster, self._atlas, self._group, self._log, self._steady = cluster, atlas, group, log, steady
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, once its ServiceAccount is there."""
        inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        token = self._cluster.service_account_kubeconfig("atlas-streams-peering", "atlas-streams-peering")
        settings = {
            "KUBECONFIG": str(token),
            "ATLAS_BASE_URL": self._atlas,
            "WATCH_NAMESPACES": NAMESPACE,
            "POLL_INTERVAL_PENDING": "1",
            "POLL_INTERVAL_STEADY": str(self._steady),
            "HEALTH_PORT": "0",
            "METRICS_PORT": "0",
        }
        command = (Path(sys.executable).with_name("atlas-streams-peering"), "run")
        self._process = self._group.spawn(command, self._log, environment={**inherited, **settings})

    def check(self) -> None:
        """Raise, with the end of its log, when it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise LocalClusterError(f"the operator ended:\n{tail(self._log)}")

    def stop(self) -> None:
        """Let it end in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(LIMIT)
            self._process = None


class _Stage:
    def __init__(self, cluster: Cluster, atlas: SimulatorThread, operator: StagedOperator) -> None:
        self._cluster, self._atlas, self._operator = cluster, atlas, operator

    def play(self) -> dict[str, Manifest]:
        """Let all of it happen, in order."""
        self._prepare()
        self._apply(each for each in SPECIMENS if each.like is None)
        untouched = [each for each in SPECIMENS if each.reason is None]
        found = self._objects(untouched)
        self._operator.start()
        others = [each for each in SPECIMENS if each not in untouched]
        self._wait([each for each in others if each.like is None], Specimen.is_at_first)
        self._apply(each for each in others if each.like is not None)
        unseen = [each for each in others if each.later is not None and each.later.unseen]
        seen = [each for each in others if each not in unseen]
        self._go_on(seen)
        found |= self._wait(seen, Specimen.is_in_the_end)
        self._operator.stop()
        self._go_on(unseen)
        return found | self._objects(unseen)

    def _prepare(self) -> None:
        self._cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        self._cluster.kubectl("wait", ESTABLISHED, "crd", "--all")
        self._cluster.kubectl("create", "namespace", NAMESPACE)
        for project in (PROJECT, DOWN, LIMITED, BROKEN_OFF):
            self._atlas.add_project(project, accepter_vpc="vpc-0c1d2e3f405162738")
        for name, (public, role) in KEYS.items():
            address = "203.0.113.7" if name == BLOCKED else None
            roles = dict.fromkeys((PROJECT, DOWN, LIMITED, BROKEN_OFF), role)
            self._atlas.add_api_key(public, f"private-{name}", roles=roles, blocked_address=address)
        self._create(_secret(name, public, f"private-{name}") for name, (public, _) in KEYS.items())
        self._create([_secret(WRONG_KEY, KEYS[OWNER][0], "another")])
        self._atlas.fault("answer", "list", project=DOWN, status=503, times=None)
        self._atlas.fault("answer", "list", project=LIMITED, status=429, headers={"Retry-After": "1"}, times=None)

    def _apply(self, specimens: Iterable[Specimen]) -> None:
        chosen = list(specimens)
        for specimen in chosen:
            for index, state in enumerate(specimen.requests):
                self._request(specimen, index, state)
        self._create(specimen.manifest() for specimen in chosen)

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

    def _create(self, manifests: Iterable[Manifest]) -> None:
        listed = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self._cluster.kubectl("create", f"--namespace={NAMESPACE}", "-f", "-", input=json.dumps(listed))

    def _go_on(self, specimens: Iterable[Specimen]) -> None:
        for specimen in specimens:
            if specimen.later is not None:
                self._happen(specimen, specimen.later)

    def _happen(self, specimen: Specimen, later: Later) -> None:
        match later:
            case Later.DIES:
                self._atlas.set_cloud_status(specimen.connection(), "deleted")
            case Later.LOOKS_FAIL:
                self._atlas.fault("answer", "list", project=specimen.project, status=503, times=None)
            case Later.IS_DELETED_WITHOUT_ACCESS:
                self._atlas.remove_principal(KEYS[specimen.secret][0])
                self._wait([specimen], lambda _, found: says(found, "Ready", specimen.reason))
                self._delete(specimen)
            case Later.IS_SUSPENDED_AND_DELETED:
                self._suspend(specimen)
                self._delete(specimen)
            case Later.IS_DELETED | Later.IS_DELETED_UNSEEN:
                self._delete(specimen)
            case Later.IS_CHANGED_UNSEEN:
                self._suspend(specimen)

    def _suspend(self, specimen: Specimen) -> None:
        self._kubectl("patch", "svp", specimen.name, "--type=merge", '-p={"spec":{"suspend":true}}')

    def _delete(self, specimen: Specimen) -> None:
        self._kubectl("delete", "svp", specimen.name, "--wait=false")

    def _wait(self, specimens: Sequence[Specimen], is_so: Callable[[Specimen, Manifest], bool]) -> dict[str, Manifest]:
        """Wait until the objects are what they shall be, and return them."""
        deadline = time.monotonic() + LIMIT
        while True:
            self._operator.check()
            found = self._objects(specimens)
            other = [found[each.name] for each in specimens if not is_so(each, found[each.name])]
            if not other:
                return found
            if time.monotonic() > deadline:
                raise LocalClusterError(f"not what they shall be after {LIMIT:g} s: {json.dumps(other)}")
            time.sleep(0.2)

    def _objects(self, specimens: Iterable[Specimen]) -> dict[str, Manifest]:
        listed = self._listed()
        return {specimen.name: listed[specimen.name] for specimen in specimens}

    def _listed(self) -> dict[str, Manifest]:
        items: list[Manifest] = json.loads(self._kubectl("get", "svp", "-o", "json"))["items"]
        return {item["metadata"]["name"]: item for item in items}

    def _kubectl(self, *arguments: str) -> str:
        return self._cluster.kubectl(f"--namespace={NAMESPACE}", *arguments).stdout


_FAILURES: Final = {"failed": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"}


def _settings() -> Settings:
    settings = Settings()
    return settings.model_copy(update={"delays": settings.delays.model_copy(update=QUICK)})


def _secret(name: str, public: str, private: str) -> Manifest:
    data = {"publicApiKey": public, "privateApiKey": private}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}
