"""Kubeconfig files, written as JSON, which every reader of YAML reads."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Endpoint:
    """Where an API server is, and the PEM certificate of the authority that vouches for it."""

    server: str
    ca: str


def write_kubeconfig(path: Path, endpoint: Endpoint, token: str, *, namespace: str = "default") -> None:
    """Write a kubeconfig that needs no other file and that only its owner can read."""
    ca = base64.b64encode(endpoint.ca.encode()).decode()
    cluster = {"server": endpoint.server, "certificate-authority-data": ca}
    context = {"cluster": "local", "user": "local", "namespace": namespace}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "local", "user": {"token": token}}],
        "contexts": [{"name": "local", "context": context}],
        "current-context": "local",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2) + "\n")
