"""The files and flags that make three programs one control plane."""

import base64
import json
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_cluster.cluster import AUDIT_POLICY

LOOPBACK = "127.0.0.1"
# With no nodes there is nothing for the controllers of workloads to do.
CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
)
CERTIFICATE_START, CERTIFICATE_END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n"
ADMIN = "admin"
CONTROLLER_MANAGER = "system:kube-controller-manager"

Flags = Mapping[str, str | int | Path]


def arguments(flags: Flags) -> list[str]:
    """Return the flags as a command line has them."""
    return [f"--{name}={value}" for name, value in flags.items()]


def free_port() -> int:
    """Return a port of the loopback address that the kernel gives to nobody else for a minute.

    A connection that was closed from this side rests in TIME_WAIT: the port is then not handed out,
    but a server that asks for it by number may have it.
    """
    with (
        socket.create_server((LOOPBACK, 0)) as server,
        socket.create_connection(server.getsockname()),
        server.accept()[0],
    ):
        port: int = server.getsockname()[1]
    return port


def _signing_key() -> str:
    """Return a new P-256 private key, PEM: the fixed bytes of RFC 5915 around a random number.

    It spares a library that would be there for this alone; the public half is computed by whoever reads it.
    """
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    number = (secrets.randbelow(order - 1) + 1).to_bytes(32)
    encoded = bytes.fromhex("30310201010420") + number + bytes.fromhex("a00a06082a8648ce3d030107")
    body = base64.encodebytes(encoded).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{body}-----END EC PRIVATE KEY-----\n"


@dataclass(frozen=True)
class Plan:
    """One control plane: its addresses, its secrets, and a private directory for its state."""

    state: Path
    etcd: str = field(default_factory=lambda: f"http://{LOOPBACK}:{free_port()}")
    port: int = field(default_factory=free_port)
    tokens: Mapping[str, str] = field(
        default_factory=lambda: {user: secrets.token_urlsafe() for user in (ADMIN, CONTROLLER_MANAGER)}
    )

    # The group of a user who may not do everything.
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return f"https://{LOOPBACK}:{self.port}"

    @property
    def inner_server(self) -> str:
        """The URL of the API server for the programs beside it."""
        return self.server

    @property
    def data(self) -> Path:
        """Where etcd keeps all that it holds."""
        return self.state / "etcd"

    @property
    def authority(self) -> Path:
        """Where the authority's certificate goes."""
        return self.state / "ca.crt"

    @property
    def controller_manager_kubeconfig(self) -> Path:
        """What the controller manager comes in with."""
        return self.state / "controller-manager.kubeconfig"

    def write_files(self) -> None:
        """Write what the flags point to."""
        groups = {user: self.groups.get(user, "system:masters") for user in self.tokens}
        rows = [f'{token},{user},{user},"{groups[user]}"\n' for user, token in self.tokens.items()]
        self._tokens_file.write_text("".join(rows))
        self._signing_key_file.write_text(_signing_key())
        self._audit_policy_file.write_text(json.dumps(AUDIT_POLICY))

    def read_authority(self) -> str | None:
        """Return the certificate of the authority that the API server makes for itself; None until it has."""
        chain = self.state / "apiserver.crt"
        certificates = chain.read_text().split(CERTIFICATE_START) if chain.exists() else []
        # Nothing, the server's own, its authority's; the last one may still be being written.
        if len(certificates) != 3 or not certificates[2].endswith(CERTIFICATE_END):
            return None
        return CERTIFICATE_START + certificates[2]

    def etcd_flags(self) -> Flags:
        """Run one member, which need not survive a power cut."""
        return {
            "data-dir": self.data,
            "listen-client-urls": self.etcd,
            "advertise-client-urls": self.etcd,
            "listen-peer-urls": f"http://{LOOPBACK}:0",
            "unsafe-no-fsync": "true",
        }

    def api_server_flags(self, audit_log: Path | None) -> Flags:
        """Apply RBAC to all but the two users of the token file; audit when there is a log to write to."""
        flags: dict[str, str | int | Path] = {
            "etcd-servers": self.etcd,
            "bind-address": LOOPBACK,
            "secure-port": self.port,
            # Without these it looks for an address of the outside, which a machine off the network has not.
            "advertise-address": LOOPBACK,
            "endpoint-reconciler-type": "none",
            "cert-dir": self.state,
            "service-cluster-ip-range": "10.0.0.0/24",
            "token-auth-file": self._tokens_file,
            "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": self._signing_key_file,
            "service-account-signing-key-file": self._signing_key_file,
            # Else a stop waits for the watches of others, however long they last.
            "shutdown-watch-termination-grace-period": "500ms",
        }
        if audit_log is not None:
            flags["audit-policy-file"] = self._audit_policy_file
            flags["audit-log-path"] = audit_log
            # In megabytes: at the 100 of the default the log would be rotated under its reader.
            flags["audit-log-maxsize"] = 100_000
        return flags

    def controller_manager_flags(self) -> Flags:
        """Run the controllers that tests rely on, and no port."""
        return {
            "kubeconfig": self.controller_manager_kubeconfig,
            "controllers": ",".join(CONTROLLERS),
            "root-ca-file": self.authority,
            "service-account-private-key-file": self._signing_key_file,
            "leader-elect": "false",
            "secure-port": 0,
        }

    @property
    def _tokens_file(self) -> Path:
        return self.state / "tokens.csv"

    @property
    def _signing_key_file(self) -> Path:
        return self.state / "service-account.key"

    @property
    def _audit_policy_file(self) -> Path:
        return self.state / "audit-policy.json"
