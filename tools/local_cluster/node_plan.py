"""The addresses, files and flags that make a control plane's programs, and some more, a cluster with one node."""

import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from local_cluster.oci import write_image
from local_cluster.plan import ADMIN, CONTROLLER_MANAGER, Flags, Plan, arguments

NODE = "node-1"
ADDRESS = "10.99.0.1"
# The node's own resolver, which knows no name of the cluster, like that of a network outside of it: nobody answers.
OUTER_RESOLVER = "10.99.0.2"
API_SERVICE = "10.0.0.1"
ADDRESSES = [f"{ADDRESS}/24", f"{OUTER_RESOLVER}/32", f"{API_SERVICE}/32"]
POD_NETWORK = "10.88.0.0/24"
API_PORT = 443
DOMAIN = "cluster.local"
PAUSE_IMAGE = "localhost/pause:1"
SOCKET = "/run/containerd/containerd.sock"

KUBELET, SCHEDULER, PROXY = f"system:node:{NODE}", "system:kube-scheduler", "system:kube-proxy"
# What it asks of the kernel is put before its eyes: it would set it for the whole machine.
KERNEL_SETTINGS = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1}


@dataclass(frozen=True)
class NodePlan(Plan):
    """A control plane in a network namespace, and a node beside it."""

    groups: Mapping[str, str] = field(default_factory=lambda: {KUBELET: "system:nodes"})
    # Of control groups: the directory.
    control_group: str = field(default_factory=lambda: f"atlas-streams-peering-{secrets.token_hex(4)}")
    tokens: Mapping[str, str] = field(
        default_factory=lambda: {
            user: secrets.token_urlsafe() for user in (ADMIN, CONTROLLER_MANAGER, KUBELET, SCHEDULER, PROXY)
        }
    )

    @property
    @override
    def server(self) -> str:
        # The certificate that the API server makes for itself names this host, and no address of this machine.
        return f"https://localhost:{self.port}"

    @property
    @override
    def inner_server(self) -> str:
        return f"https://{ADDRESS}:{API_PORT}"

    @override
    def api_server_flags(self, audit_log: Path | None) -> Flags:
        return {
            **super().api_server_flags(audit_log),
            "bind-address": "0.0.0.0",  # noqa: S104  # of a network that nobody else is in
            "secure-port": API_PORT,
            "advertise-address": ADDRESS,
            "endpoint-reconciler-type": "lease",
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "allow-privileged": "true",
            "kubelet-preferred-address-types": "InternalIP",
        }

    @override
    def controller_manager_flags(self) -> Flags:
        return {
            **super().controller_manager_flags(),
            # That one wants a feature of the API server which is off.
            "controllers": "*,-kube-apiserver-serving-clustertrustbundle-publisher-controller",
        }

    def kubeconfig(self, user: str) -> Path:
        """What one of the node's programs comes in with."""
        return self.state / f"{user.rpartition(':')[2]}.kubeconfig"

    @property
    def pause_archive(self) -> Path:
        """The image of the process that every pod begins with."""
        return self.state / "pause.tar"

    def write_node_files(self, *, programs: Path, runc: Path, pause: Path) -> None:
        """Write what the node's flags point to; ``programs`` is containerd's directory, with the network plugins."""
        write_image(self.pause_archive, PAUSE_IMAGE, pause)
        self._resolver.write_text(f"nameserver {OUTER_RESOLVER}\n")
        self._kubelet_file.write_text(json.dumps(self._kubelet_configuration()))
        self._network_directory.mkdir()
        (self._network_directory / "pods.conflist").write_text(json.dumps(_pod_network()))
        self._containerd_file.write_text(_containerd_configuration(programs, runc, self._network_directory))
        for name, value in KERNEL_SETTINGS.items():
            self._kernel_setting(name).write_text(f"{value}\n")

    def containerd_command(self, containerd: Path) -> list[str | Path]:
        """Run containers."""
        return [containerd, f"--config={self._containerd_file}"]

    def kubelet_command(self, kubelet: Path) -> list[str | Path]:
        """Run pods. It has a mount namespace of its own: containerd's must show no mounts in /proc."""
        binds = " && ".join(f"mount --bind {self._kernel_setting(name)} /proc/sys/{name}" for name in KERNEL_SETTINGS)
        flags: Flags = {
            "config": self._kubelet_file,
            "kubeconfig": self.kubeconfig(KUBELET),
            "hostname-override": NODE,
            "node-ip": ADDRESS,
            "container-runtime-endpoint": f"unix://{SOCKET}",
        }
        script = f'{binds} && exec "$@"'
        own_mounts = ["unshare", "--mount", "--propagation=unchanged", "sh", "-c", script, "kubelet"]
        return [*own_mounts, kubelet, *arguments(flags)]

    def scheduler_flags(self) -> Flags:
        """Give each pod its node."""
        return {"kubeconfig": self.kubeconfig(SCHEDULER), "leader-elect": "false", "secure-port": 0}

    def proxy_flags(self) -> Flags:
        """Make the addresses of Services work; the limits of connections are those of the whole machine."""
        return {
            "kubeconfig": self.kubeconfig(PROXY),
            "proxy-mode": "iptables",
            "hostname-override": NODE,
            "cluster-cidr": POD_NETWORK,
            "conntrack-max-per-core": 0,
            "conntrack-tcp-timeout-established": 0,
            "conntrack-tcp-timeout-close-wait": 0,
        }

    def resolver_command(self) -> list[str | Path]:
        """Answer for the one Service that pods ask for by name."""
        program = shutil.which("dnsmasq") or "dnsmasq"
        return [
            program,
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
            "--no-hosts",
            "--bind-interfaces",
            f"--listen-address={ADDRESS}",
            "--except-interface=lo",
            "--user=root",
            "--pid-file=",
            f"--local=/{DOMAIN}/",
            f"--host-record=kubernetes.default.svc.{DOMAIN},{API_SERVICE}",
        ]

    def _kubelet_configuration(self) -> Mapping[str, object]:
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            # Nobody else is in its network.
            "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
            "authorization": {"mode": "AlwaysAllow"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.control_group}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "clusterDNS": [ADDRESS],
            "clusterDomain": DOMAIN,
            "resolvConf": str(self._resolver),
            "oomScoreAdj": 0,
            "protectKernelDefaults": True,
            "makeIPTablesUtilChains": False,
            # A full disk of this machine is no reason to evict anything.
            "evictionHard": dict.fromkeys(("memory.available", "nodefs.available", "imagefs.available"), "0%"),
            "imageGCHighThresholdPercent": 100,
            "imageGCLowThresholdPercent": 99,
            "localStorageCapacityIsolation": False,
            "syncFrequency": "5s",
        }

    def _kernel_setting(self, name: str) -> Path:
        return self.state / name.replace("/", ".")

    @property
    def _kubelet_file(self) -> Path:
        return self.state / "kubelet.json"

    @property
    def _containerd_file(self) -> Path:
        return self.state / "containerd.toml"

    @property
    def _network_directory(self) -> Path:
        return self.state / "network"

    @property
    def _resolver(self) -> Path:
        return self.state / "resolv.conf"


def _pod_network() -> Mapping[str, object]:
    ranges = [[{"subnet": POD_NETWORK}]]
    ipam = {"type": "host-local", "ranges": ranges, "routes": [{"dst": "0.0.0.0/0"}]}
    bridge = {
        "type": "bridge",
        "bridge": "pods0",
        "isGateway": True,
        "ipMasq": False,
        # A pod may reach itself through a Service.
        "hairpinMode": True,
        "ipam": ipam,
    }
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [bridge]}


def _containerd_configuration(programs: Path, runc: Path, network: Path) -> str:
    return f"""\
version = 3
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "{PAUSE_IMAGE}"
[plugins."io.containerd.cri.v1.runtime"]
# Root of a machine may lack the right to lower it.
restrict_oom_score_adj = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["{programs}"]
conf_dir = "{network}"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "{runc}"
SystemdCgroup = false
"""
