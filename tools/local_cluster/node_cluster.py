"""A control plane with a node: containerd and a kubelet, on which pods run, without Docker."""

import os
import platform
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from typing_extensions import override

from local_cluster.build import build, missing
from local_cluster.cgroups import MOUNTS, ControlGroups, hierarchies
from local_cluster.enclosure import Enclosure
from local_cluster.errors import LocalClusterError
from local_cluster.forward import command as forwarding
from local_cluster.kubeconfig import Endpoint, write_kubeconfig
from local_cluster.node_plan import (
    ADDRESS,
    ADDRESSES,
    API_PORT,
    KUBELET,
    NODE,
    PROXY,
    SCHEDULER,
    SOCKET,
    NodePlan,
)
from local_cluster.plan import LOOPBACK, Plan, arguments, free_port
from local_cluster.plane import Command, ControlPlane
from local_cluster.progress import say
from local_cluster.toolsets import CONTAINERD, RUNC
from local_cluster.toolsets import NODE as NODE_TOOLS

TOOLSETS = (RUNC, CONTAINERD, NODE_TOOLS)
HOST_NETWORK = Path("/proc/self/ns/net")
COMMAND_TIMEOUT = 120.0

# The programs that a node needs of the machine, and the Debian packages that have them.
PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "mount": "mount",
    "ip": "iproute2",
    "iptables": "iptables",
    "dnsmasq": "dnsmasq-base",
}
# What runc is built with.
BUILD_PROGRAMS = {"cc": "gcc", "pkg-config": "pkg-config"}


class NodeCluster(ControlPlane):
    """A cluster with one node, in namespaces of its own: this machine's network and mounts do not change."""

    def __init__(self) -> None:
        super().__init__()
        self._enclosure: Enclosure | None = None
        self._reached: set[int] = set()

    @override
    def start(self, directory: Path, *, audit: bool = True) -> Self:
        if self._directory is None:
            require_node()
        return super().start(directory, audit=audit)

    def load_image(self, archive: Path) -> None:
        """Give the node an image, of an archive as `docker save` writes it, or in the OCI's layout."""
        command = ["ctr", "images", "import", "--local", str(archive)]
        program = build(CONTAINERD, CONTAINERD.packages) / command[0]
        environment = {**os.environ, "CONTAINERD_ADDRESS": SOCKET, "CONTAINERD_NAMESPACE": "k8s.io"}
        answer = subprocess.run(
            [*self._require_enclosure().inside, program, *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT,
            check=False,
        )
        if answer.returncode:
            raise LocalClusterError(f"{' '.join(command)}: {answer.stderr.strip()}")

    def reach(self, port: int) -> str:
        """Let pods reach what serves at this port of this machine's loopback address; return the host to use there."""
        if port not in self._reached:
            self._reached.add(port)
            self._forward(f"{ADDRESS}:{port}", self._require_enclosure().network, f"{LOOPBACK}:{port}", HOST_NETWORK)
        return ADDRESS

    def publish(self, address: str) -> str:
        """Let this machine reach an ``ADDRESS:PORT`` of the cluster; return what to use for it."""
        ours = f"{LOOPBACK}:{free_port()}"
        self._forward(ours, HOST_NETWORK, address, self._require_enclosure().network)
        return ours

    def processes_of(self, pod_uid: str) -> list[int]:
        """Return the processes of a pod, by the ids that they have outside of it; its own ``pause`` is among them."""
        group = f"pod{pod_uid}"
        found: set[int] = set()
        for hierarchy in hierarchies(MOUNTS.read_text()):
            for place in (hierarchy / self._node_plan.control_group).rglob(group):
                for processes in place.rglob("cgroup.procs"):
                    found.update(map(int, processes.read_text().split()))
        return sorted(found)

    @override
    def _make_plan(self, state: Path) -> Plan:
        return NodePlan(state)

    @override
    def _prepare(self, undo: ExitStack) -> None:
        plan = self._node_plan
        undo.enter_context(ControlGroups(plan.control_group, plan.state)).make()

    @override
    def _start_surroundings(self, undo: ExitStack) -> None:
        log = self.directory / "namespaces.log"
        log.unlink(missing_ok=True)
        plan = self._node_plan
        self._enclosure = Enclosure(self._require_group(), plan.state, log, ADDRESSES)
        undo.callback(self._enclosure.close)
        inner = f"{ADDRESS}:{API_PORT}"
        self._forward(f"{LOOPBACK}:{plan.port}", HOST_NETWORK, inner, self._enclosure.network)

    @override
    def _enclosed(self, command: Command) -> Command:
        return [*self._require_enclosure().in_network, *command]

    @override
    def _start_node(self, undo: ExitStack) -> None:
        plan, enclosure = self._node_plan, self._require_enclosure()
        kubernetes, containers = (build(toolset, toolset.packages) for toolset in (NODE_TOOLS, CONTAINERD))
        runc = build(RUNC, RUNC.packages)
        plan.write_node_files(programs=containers, runc=runc / "runc", pause=runc / "pause")
        endpoint = Endpoint(plan.inner_server, self.ca)
        for user in (KUBELET, SCHEDULER, PROXY):
            write_kubeconfig(plan.kubeconfig(user), endpoint, plan.tokens[user])
        containerd = self._run("containerd", [*enclosure.inside, *plan.containerd_command(containers / "containerd")])
        self._wait_until(self._runs_containers, containerd)
        self.load_image(plan.pause_archive)
        self._run("dnsmasq", self._enclosed(plan.resolver_command()))
        for program, flags in (("kube-scheduler", plan.scheduler_flags()), ("kube-proxy", plan.proxy_flags())):
            self._run(program, self._enclosed([kubernetes / program, *arguments(flags)]))
        kubelet = self._run("kubelet", [*enclosure.inside, *plan.kubelet_command(kubernetes / "kubelet")])
        self._wait_until(self._node_is_ready, kubelet)
        # All that runs inside ends at once, and before the control plane does.
        undo.callback(enclosure.close)

    def _runs_containers(self) -> bool:
        inside = Path(f"/proc/{self._require_enclosure().first}/root{SOCKET}")
        return inside.exists()

    def _node_is_ready(self) -> bool:
        path = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}'
        return self.kubectl("get", "node", NODE, path, check=False).stdout == "True"

    def _forward(self, listen: str, listen_in: Path, connect: str, connect_in: Path) -> None:
        name = f"forward-{listen.rpartition(':')[2]}"
        self._run(name, [sys.executable, *forwarding(listen, listen_in, connect, connect_in)])

    @property
    def _node_plan(self) -> NodePlan:
        if not isinstance(self._plan, NodePlan):
            raise LocalClusterError("the cluster is not running: call start() first")
        return self._plan

    def _require_enclosure(self) -> Enclosure:
        if self._enclosure is None:
            raise LocalClusterError("the cluster is not running: call start() first")
        return self._enclosure

    @override
    def _forget(self) -> None:
        super()._forget()
        self._enclosure, self._reached = None, set()


def fetch_node() -> None:
    """Have built what a node needs beside a control plane; say why not, where no pod could run anyway."""
    if reason := why_not():
        say(f"Pods cannot run on this machine: {reason}")
    else:
        require_node()


def require_node() -> None:
    """Have built what a node needs beside a control plane. Raises where no pod could run."""
    if reason := why_not():
        raise LocalClusterError(f"pods cannot run on this machine: {reason}")
    for toolset in TOOLSETS:
        build(toolset, toolset.packages)


def why_not() -> str | None:
    """Say in a line why pods cannot run on this machine, and what to install; None when they can."""
    if platform.system() != "Linux":
        return f"it needs Linux, and this is {platform.system()}; use --cluster kind"
    if os.geteuid() != 0:
        return "it needs root; use sudo, or --cluster kind"
    needed = PROGRAMS | (BUILD_PROGRAMS if missing(RUNC, RUNC.packages) else {})
    packages = {package for program, package in needed.items() if shutil.which(program) is None}
    if missing(RUNC, RUNC.packages) and not _has_libseccomp():
        packages.add("libseccomp-dev")
    if packages:
        return f"it lacks programs; on Debian: apt-get install {' '.join(sorted(packages))}"
    if "overlay" not in Path("/proc/filesystems").read_text():
        return "its kernel has no overlay file system; try modprobe overlay"
    namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    if subprocess.run(namespaces, capture_output=True, check=False).returncode:
        return "it lets nobody make namespaces, as in a container without privileges; use --cluster kind"
    return None


def _has_libseccomp() -> bool:
    asked = ["pkg-config", "--exists", "libseccomp"]
    return shutil.which(asked[0]) is None or subprocess.run(asked, check=False).returncode == 0
