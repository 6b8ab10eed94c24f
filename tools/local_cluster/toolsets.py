"""What is built from Go modules: for each ``go.mod`` here its programs, and where they are kept."""

import hashlib
import os
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_cluster.errors import LocalClusterError


@dataclass(frozen=True)
class Toolset:
    """Programs that one ``go.mod`` pins, in the directory of the toolset's name."""

    name: str
    # The package of each program.
    packages: Mapping[str, str]
    # The module whose version is stamped into the programs, and that the shared files come from.
    module: str
    # The Go variables that take the stamp, and what each takes.
    stamps: Mapping[str, str]
    # What to tell a person who waits.
    expectation: str
    # Further names of programs that look at the name they are called by.
    aliases: Mapping[str, str] = field(default_factory=dict)
    # Patterns of files of the module that the programs need beside them.
    share: tuple[str, ...] = ()
    # Parts of the programs that are left out, or taken in.
    tags: tuple[str, ...] = ()
    # Whether the programs use libraries in C, so that the machine's compiler and headers are needed.
    uses_c: bool = False

    @property
    def directory(self) -> Path:
        """Where its ``go.mod`` is."""
        return Path(__file__).parent / self.name.replace("-", "_")

    @property
    def cache_root(self) -> Path:
        """The directory, outside any work tree, that serves all work trees of this user."""
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return Path(base).expanduser() / "atlas-streams-peering" / self.name

    @property
    def cache_directory(self) -> Path:
        """Where the programs are once built; anything that changes them changes the name."""
        digest = hashlib.sha256()
        for path in (self.directory / "go.mod", self.directory / "go.sum", *sorted(self.directory.glob("*.go"))):
            digest.update(path.read_bytes())
        content = (*self.build_flags, platform.system(), platform.machine(), *self.aliases, *self.share)
        digest.update(" ".join(content).encode())
        return self.cache_root / digest.hexdigest()[:16]

    @property
    def build_flags(self) -> list[str]:
        """What ``go build`` is told; on the command line it wins over the caller's GOFLAGS."""
        version = self._stated(self.module, rf"\s*{re.escape(self.module)} v((\d+)\.(\d+)\.\S+)")
        values = dict(zip(("number", "major", "minor"), version.groups(), strict=True))
        stamps = [f"-X {variable}={value.format_map(values)}" for variable, value in self.stamps.items()]
        tags = [f"-tags={','.join(self.tags)}"] if self.tags else []
        return ["-mod=readonly", "-buildvcs=false", "-trimpath", *tags, f"-ldflags=-s -w {' '.join(stamps)}"]

    @property
    def oldest_go(self) -> str:
        """The version of Go that it needs at least."""
        return self._stated("go", r"go (\S+)")[1]

    def _stated(self, name: str, line: str) -> re.Match[str]:
        path = self.directory / "go.mod"
        found = re.search(f"^{line}", path.read_text(), re.MULTILINE)
        if found is None:
            raise LocalClusterError(f"{path} states no version of {name}; restore it")
        return found


# Unstamped, the server reports a version that no client can parse.
_KUBERNETES_STAMPS = {
    "k8s.io/component-base/version.gitVersion": "v{number}",
    "k8s.io/component-base/version.gitMajor": "{major}",
    "k8s.io/component-base/version.gitMinor": "{minor}",
}

CONTROL_PLANE = Toolset(
    name="control-plane",
    packages={
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "etcd": "go.etcd.io/etcd/server/v3",
    },
    module="k8s.io/kubernetes",
    stamps=_KUBERNETES_STAMPS,
    expectation="five to ten minutes on two cores when nothing is cached; about 3 GB while it runs",
)

NODE = Toolset(
    name="node",
    packages={
        "kubelet": "k8s.io/kubernetes/cmd/kubelet",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
        "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
    },
    module="k8s.io/kubernetes",
    stamps=_KUBERNETES_STAMPS,
    expectation="four to eight minutes on two cores when nothing is cached; about 3 GB while it runs",
)

# The file systems that are left out would want further libraries.
CONTAINERD = Toolset(
    name="containerd",
    packages={
        "containerd": "github.com/containerd/containerd/v2/cmd/containerd",
        "containerd-shim-runc-v2": "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        "ctr": "github.com/containerd/containerd/v2/cmd/ctr",
        "bridge": "github.com/containernetworking/plugins/plugins/main/bridge",
        "host-local": "github.com/containernetworking/plugins/plugins/ipam/host-local",
        "loopback": "github.com/containernetworking/plugins/plugins/main/loopback",
    },
    module="github.com/containerd/containerd/v2",
    stamps={"github.com/containerd/containerd/v2/version.Version": "v{number}"},
    expectation="one to three minutes on two cores when nothing is cached; about 2 GB while it runs",
    tags=("no_btrfs", "no_devmapper", "no_zfs", "no_aufs"),
)

RUNC = Toolset(
    name="runc",
    # The other one is the program of ./runc: it holds the namespaces of a pod.
    packages={"runc": "github.com/opencontainers/runc", "pause": "runc"},
    module="github.com/opencontainers/runc",
    stamps={},
    expectation="half a minute",
    tags=("seccomp",),
    uses_c=True,
)

# Unstamped, it says v4.3; the Kubernetes version of its templates it finds in its own list of modules.
HELM = Toolset(
    name="helm",
    packages={"helm": "helm.sh/helm/v4/cmd/helm"},
    module="helm.sh/helm/v4",
    stamps={"helm.sh/helm/v4/internal/version.version": "v{number}"},
    expectation="two to four minutes on two cores when nothing is cached; about 2 GB while it runs",
)

ARGOCD = Toolset(
    name="argocd",
    packages={"argocd": "github.com/argoproj/argo-cd/v3/cmd"},
    module="github.com/argoproj/argo-cd/v3",
    stamps={"github.com/argoproj/argo-cd/v3/common.version": "{number}"},
    expectation="seven to twelve minutes on two cores when nothing is cached; about 7 GB while it runs",
    aliases={"argocd-repo-server": "argocd", "argocd-application-controller": "argocd"},
    share=(
        "manifests/crds/*.yaml",
        "manifests/base/config/*.yaml",
        "hack/git-verify-wrapper.sh",
        "resource_customizations/**/*",
    ),
)

# Argo CD's cache: what its own tests use, but as a program. No package that carries a Redis server is kept up to date.
REDIS = Toolset(
    name="redis",
    packages={"redis": "redis"},
    module="github.com/alicebob/miniredis/v2",
    stamps={},
    expectation="seconds",
)
