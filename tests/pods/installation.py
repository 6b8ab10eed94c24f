"""The operator on real pods, installed as a user installs it, and what is seen of it through the API server."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from atlas_simulator import SimulatorThread
from chart import CHART
from chart.helm import ROOT, helm
from cluster.namespace import Namespace
from cluster.waiting import wait_until
from image.archive import REPOSITORY, TAG
from local_cluster import NodeCluster
from local_cluster.assets import find_kubectl

OPERATOR: Final = "app.kubernetes.io/component=operator"
SECONDS: Final = 120.0
"""Long enough for a pod on a busy machine; nothing is measured by it."""

Manifest = dict[str, Any]


class Installation:
    """A release of the chart in a namespace of its name, and a namespace that it serves."""

    def __init__(self, cluster: NodeCluster, name: str, atlas: SimulatorThread, directory: Path) -> None:
        self.cluster, self.name, self.atlas, self._directory = cluster, name, atlas, directory
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": restricted}}
        cluster.kubectl("create", "-f", "-", input=json.dumps(namespace))
        self.served = Namespace(cluster, f"{name}-served")
        cluster.kubectl("create", "namespace", self.served.name)
        self.served.secret()

    # -- what a user types

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the values of a quick operator that asks the test's Atlas; `config` is added to theirs."""
        config = {
            "atlasBaseUrl": self.atlas_url,
            "confluentBaseUrl": self.atlas_url,
            "allowPlainHttp": True,
            "pollIntervalPending": 1,
            "pollIntervalSteady": 2,
            **more.pop("config", {}),
        }
        image = {"repository": REPOSITORY, "tag": TAG, "pullPolicy": "Never"}
        return {"image": image, "config": config, **more}

    @property
    def atlas_url(self) -> str:
        """The URL of the test's Atlas, as a pod reaches it."""
        port = urlsplit(self.atlas.base_url).port
        assert port is not None
        return f"http://{self.cluster.reach(port)}:{port}"

    def helm(self, verb: str, *arguments: str, values: Mapping[str, Any] | None = None) -> "Answer":
        """Run Helm on the release to its end, whatever that is."""
        options = [f"--kubeconfig={self.cluster.kubeconfig}", f"--namespace={self.name}"]
        if values is not None:
            path = self._directory / "values.json"
            path.write_text(json.dumps(values))
            options.append(f"--values={path}")
        return Answer(helm(verb, self.name, *arguments, *options, timeout=2 * SECONDS))

    def install(self, chart: Path = CHART, **values: Any) -> None:
        """`helm install --wait`: it comes back when the pods are ready."""
        self.helm("install", str(chart), "--wait", "--timeout=3m", values=self.values(**values)).must_succeed()

    def upgrade(self, *options: str, **values: Any) -> None:
        """`helm upgrade --wait`."""
        self.helm(
            "upgrade", str(CHART), "--wait", "--timeout=3m", *options, values=self.values(**values)
        ).must_succeed()

    def uninstall(self, *options: str) -> "Answer":
        """`helm uninstall`, which does not wait for the pods."""
        return self.helm("uninstall", *options)

    def kubectl(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Kubectl in the operator's namespace."""
        return self.cluster.kubectl("--namespace", self.name, *arguments, **options)

    # -- what is seen

    @property
    def deployment(self) -> str:
        """The Deployment's name."""
        return f"{self.name}-atlas-streams-peering"

    def get(self, kind: str, name: str) -> Manifest | None:
        """Return an object of the operator's namespace."""
        answer = self.kubectl("get", kind, name, "--ignore-not-found", "-o", "json").stdout
        return json.loads(answer) if answer.strip() else None

    def pods(self) -> list[Manifest]:
        """Return the operator's pods that are there, oldest first, without those that end."""
        listed = self.kubectl("get", "pods", f"--selector={OPERATOR}", "-o", "json").stdout
        items: list[Manifest] = json.loads(listed)["items"]
        alive = [pod for pod in items if "deletionTimestamp" not in pod["metadata"]]
        return sorted(alive, key=lambda pod: (pod["metadata"]["creationTimestamp"], pod["metadata"]["name"]))

    def names(self) -> set[str]:
        """Return the names of the pods."""
        return {pod["metadata"]["name"] for pod in self.pods()}

    def lease(self) -> Manifest:
        """Return the only Lease of the namespace."""
        items = json.loads(self.kubectl("get", "leases", "-o", "json").stdout)["items"]
        return items[0] if items else {}

    def holder(self) -> str | None:
        """Return the name of the pod that leads."""
        holder: str = self.lease().get("spec", {}).get("holderIdentity") or ""
        return holder.rpartition("_")[0] or None

    def wait_for_leader(self, other_than: str | None = None) -> str:
        """Wait until a pod that is there leads, and not the one named."""

        def leader() -> str | None:
            holder = self.holder()
            return holder if holder != other_than and holder in self.names() else None

        return wait_until(leader, "a pod leads", seconds=SECONDS) or ""

    def wait_until_no_pod_is_left(self) -> None:
        """Wait until every pod is gone, those that end as well."""

        def gone() -> bool:
            return not self.kubectl("get", "pods", f"--selector={OPERATOR}", "-o", "name").stdout.strip()

        wait_until(gone, "the pods are gone", seconds=SECONDS)

    def restarts(self, name: str) -> int:
        """Return how often the kubelet has started the pod's container anew."""
        statuses = (self.get("pod", name) or {})["status"].get("containerStatuses") or [{}]
        return int(statuses[0].get("restartCount", 0))

    def process(self, pod: str) -> int:
        """Return the operator's process in a pod, by the id that it has on this machine."""
        uid = (self.get("pod", pod) or {})["metadata"]["uid"]
        found = [
            pid for pid in self.cluster.processes_of(uid) if b"/python" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        (process,) = found
        return process

    def read(self, pod: str, path: str, port: int) -> str:
        """Read from a port of a pod."""
        return self.kubectl("get", "--raw", f"/api/v1/namespaces/{self.name}/pods/{pod}:{port}/proxy{path}").stdout

    @contextmanager
    def following(self, pod: str) -> Iterator[Callable[[], str]]:
        """Follow the log of a pod, which nobody can read any more once it is gone; yield what reads it so far."""
        path = self._directory / f"{pod}.log"
        command = [str(find_kubectl()), f"--kubeconfig={self.cluster.kubeconfig}", f"--namespace={self.name}", "logs"]
        with path.open("wb") as file, subprocess.Popen([*command, "--follow", pod], stdout=file) as process:
            try:
                wait_until(path.read_text, "its log is read", seconds=SECONDS)
                yield path.read_text
            finally:
                process.kill()

    def said_by_probes(self, pod: str) -> str:
        """Return what the kubelet has reported of failed probes."""
        selector = f"--field-selector=involvedObject.name={pod},reason=Unhealthy"
        return self.kubectl("get", "events", selector, "-o", "jsonpath={.items[*].message}").stdout

    def log(self, pod: str, *options: str) -> str:
        """Return what the pod has logged."""
        return self.kubectl("logs", pod, *options).stdout

    def remove_all(self) -> None:
        """Remove what a failed test may have left, without asking anybody."""
        bare = json.dumps({"metadata": {"finalizers": None}})
        if self.kubectl("get", "svp", check=False).returncode == 0:
            for name in self.served.objects("svp"):
                self.served.kubectl("patch", "svp", name, "--type=merge", f"-p={bare}", check=False)
            self.served.kubectl("delete", "svp", "--all", check=False)
        self.helm("uninstall", "--no-hooks", "--ignore-not-found")
        self.cluster.kubectl("delete", "--ignore-not-found", "-f", str(ROOT / "crds"), timeout=SECONDS)
        for name in (self.name, self.served.name):
            self.cluster.kubectl("delete", "namespace", name, timeout=SECONDS)


class Answer:
    """What a program said, and how it ended."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.code, self.output = process.returncode, process.stdout + process.stderr

    def must_succeed(self) -> None:
        assert self.code == 0, self.output
