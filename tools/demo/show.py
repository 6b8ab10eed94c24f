"""The Atlas side alone: requests that somebody else makes, and what a user types and sees."""

import json
import shlex
import shutil
import time
from typing import Final

from demo import services
from demo.kubectl import Kubectl, NotReachedError
from demo.messages import Ready
from demo.places import PROCEDURE, ROOT
from demo.release import RELEASE
from demo.screen import Screen
from local_cluster.programs import fetch_helm

MAIN: Final = "orders"
"""The example that this is about: a request that is accepted, and becomes active."""

BECOME_READY: Final = ("inventory", MAIN, "payments", "sandbox")
"""The examples that end where they want to; the others wait, for a request or for a person."""


def play(kubectl: Kubectl, *, seconds: float) -> None:
    """Apply the examples, and show how they fare until they are where they want to be.

    Raises
    ------
    NotReachedError
        They were not within so many seconds.
    """
    if kubectl.show("apply", "-k", "examples/"):
        raise NotReachedError("kubectl could not apply the examples.")
    until = time.monotonic() + seconds
    # kubectl takes the widths of its columns from the first rows: those shall not be empty ones.
    kubectl.wait(until, "--for=jsonpath={.status.observedGeneration}=1", "svp", "--all")
    ready = ("--for=condition=Ready", *(f"svp/{name}" for name in BECOME_READY))
    with kubectl.watch("get", "svp", "--watch") as watch:
        kubectl.wait(until, *ready)
        watch.wait_until("True", BECOME_READY, seconds=5)
    kubectl.show("wait", *ready)
    kubectl.show("get", "svp", "-o", "wide")
    kubectl.show("events", "--for", f"svp/{MAIN}")


def explain(kubectl: Kubectl) -> None:
    """Show what can be known of objects that are not where they should be."""
    kubectl.show("get", "sacct,cfp,svp,svpp,sop", "-o", "wide")
    kubectl.show("events", "--types=Warning")


def suggest(kubectl: Kubectl, ready: Ready, screen: Screen) -> None:
    """Say what can be tried with a demo that is left running."""
    screen.line(f"  export KUBECONFIG={shlex.quote(ready.kubeconfig)}")
    missing = {program.parent for program in (kubectl.program, fetch_helm()) if shutil.which(program.name) is None}
    if missing:
        screen.line(f'  export PATH="$PATH:{":".join(map(str, sorted(missing)))}"')
    request = json.dumps(services.request_of(services.peering(services.NOT_REQUESTED)))
    screen.line()
    for command, outcome in (
        (
            f"kubectl apply -k {PROCEDURE.relative_to(ROOT)}/",
            "does the whole procedure again; `kubectl get sacct,cfp,svp -o wide` shows both sides",
        ),
        ("kubectl describe svp orders", "shows the whole status and the Events"),
        (
            f"curl -sd '{request}' {ready.services}/_simulator/peerings",
            f"makes the request that {services.NOT_REQUESTED} waits for; the operator accepts it",
        ),
        (
            """kubectl patch svp legacy --type=merge -p '{"spec": {"suspend": false}}'""",
            "lets the operator change Atlas; it accepts the request",
        ),
        ("kubectl delete svp orders", "deletes the connection in Atlas, then the object"),
        ("kubectl delete svp inventory", "deletes the object only; with deletionPolicy: Retain the connection stays"),
        ("kubectl explain svp.spec", "explains every field"),
        (
            f"helm list --namespace {RELEASE}",
            "shows the release; `helm test` and `helm uninstall` do not work here, because they need pods",
        ),
        (f"curl -s {ready.metrics}", "shows the operator's metrics"),
    ):
        screen.suggestion(command, outcome)
