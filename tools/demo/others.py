"""The other kinds: a policy accepts what nobody named, and Atlas requests a peering with a VPC of one's own."""

import time
from typing import Final

from demo import services
from demo.kubectl import Kubectl, NotReachedError
from demo.places import OUTBOUND, POLICY, ROOT
from demo.screen import Screen

_TAKEN: Final = "atlasstreams.io/policy=kafka"
"""Selects what the policy of the example has created."""


def play(kubectl: Kubectl, screen: Screen, base_url: str, *, seconds: float) -> None:
    """Have a policy accept a request, and have a peering requested and accepted.

    Raises
    ------
    NotReachedError
        They were not within so many seconds each.
    """
    _accept_by_policy(kubectl, screen, base_url, seconds=seconds)
    _request_outwards(kubectl, screen, base_url, seconds=seconds)


def _accept_by_policy(kubectl: Kubectl, screen: Screen, base_url: str, *, seconds: float) -> None:
    _apply(kubectl, str(POLICY.relative_to(ROOT)))
    wanted = services.by_policy()
    name = services.request(base_url, wanted)
    screen.line()
    screen.line(f"Somebody requests {name} from VPC {wanted['vpc']} of account {wanted['account']}.")
    until = time.monotonic() + seconds
    kubectl.wait(until, "--for=create", f"svp/{name}")
    kubectl.wait(until, "--for=condition=Ready", f"svp/{name}")
    kubectl.show("get", "svpp")
    kubectl.show("get", "svp", "-l", _TAKEN)


def _request_outwards(kubectl: Kubectl, screen: Screen, base_url: str, *, seconds: float) -> None:
    _apply(kubectl, str(OUTBOUND.relative_to(ROOT)))
    timeout = f"--timeout={seconds:g}s"
    for condition in "Requested", "Ready":
        if kubectl.show("wait", f"--for=condition={condition}", "sop", "--all", timeout):
            raise NotReachedError("the outbound peering did not reach the expected state.")
        kubectl.show("get", "sop")
        if condition == "Requested":
            screen.line()
            screen.line(f"The owner of the VPC accepts {services.accept_in_aws(base_url)} in AWS.")


def _apply(kubectl: Kubectl, path: str) -> None:
    if kubectl.show("apply", "-f", path):
        raise NotReachedError(f"kubectl could not apply {path}.")
