"""``python -m local_cluster``: get a control plane's programs and those tested beside it, or run one."""

import argparse
import shlex
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from local_cluster import CLUSTERS, Cluster, ControlPlane, LocalClusterError, NodeCluster
from local_cluster.assets import fetch
from local_cluster.node_cluster import fetch_node
from local_cluster.programs import fetch_argocd, fetch_helm, fetch_redis
from local_cluster.progress import say

CHECK_INTERVAL = 1.0


def main() -> int:
    """Do what the command line says; a failure is one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m local_cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    get = commands.add_parser("fetch", help="get the programs, so that nothing has to wait for them later")
    get.add_argument(
        "programs",
        nargs="?",
        choices=("control-plane", "helm", "argocd", "redis", "node", "all"),
        default="control-plane",
        help="control-plane unless said; of helm (HELM names another one), argocd and redis it prints the path; "
        "node is what up --nodes needs beside a control plane, and no part of all",
    )
    up = commands.add_parser("up", help="run a cluster until Ctrl-C")
    up.add_argument("--dir", type=Path, required=True, help="where the kubeconfig and the logs go")
    up.add_argument("--audit", action="store_true", help="log every request to DIR/audit.log")
    up.add_argument("--cluster", choices=CLUSTERS, default="auto", help="auto: local, which needs no Docker")
    up.add_argument("--nodes", action="store_true", help="with a node, so that pods run: on Linux, as root")
    up.add_argument("--image", type=Path, action="append", default=[], help="with --nodes: give the node this archive")
    arguments = parser.parse_args()
    try:
        if arguments.command == "fetch":
            _fetch(arguments.programs)
        else:
            cluster = CLUSTERS[arguments.cluster]
            _up(NodeCluster if arguments.nodes and cluster is ControlPlane else cluster, arguments)
    except LocalClusterError as error:
        say(f"local_cluster: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _fetch(programs: str) -> None:
    if programs in {"control-plane", "all"}:
        fetch()
    if programs in {"helm", "all"}:
        print(fetch_helm(), flush=True)
    if programs in {"argocd", "all"}:
        print(fetch_argocd().binary, flush=True)
    if programs in {"redis", "all"}:
        print(fetch_redis(), flush=True)
    if programs == "node":
        fetch_node()


def _up(kind: type[Cluster], arguments: argparse.Namespace) -> None:
    # A service that is told to end stops as orderly as a person's Ctrl-C makes it stop.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    with kind().start(arguments.dir, audit=arguments.audit) as cluster:
        for archive in arguments.image:
            cluster.load_image(archive)
        print(f"export KUBECONFIG={shlex.quote(str(cluster.kubeconfig))}", flush=True)
        say(f"Ready at {cluster.server} after {time.monotonic() - started:.1f} s; Ctrl-C stops it")
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(CHECK_INTERVAL)
                cluster.check()


if __name__ == "__main__":
    sys.exit(main())
