"""The whole procedure: three manifests connect Confluent Cloud to Atlas, and their deletion leaves nothing behind."""

import time
from typing import Final

from demo import services
from demo.kubectl import Kubectl, NotReachedError
from demo.places import PROCEDURE, ROOT
from demo.screen import Screen

OBJECTS: Final = ("sacct/atlas", "cfp/kafka", "svp/kafka")
"""The objects of examples/confluent/."""


def play(kubectl: Kubectl, screen: Screen, base_url: str, *, seconds: float) -> None:
    """Apply the three manifests, show how they fare until both sides are connected, and delete them.

    Raises
    ------
    NotReachedError
        They were not connected, or not deleted, within so many seconds each.
    """
    until = time.monotonic() + seconds
    if kubectl.show("apply", "-k", f"{PROCEDURE.relative_to(ROOT)}/"):
        raise NotReachedError("kubectl could not apply the three manifests.")
    _, requests, _ = OBJECTS
    kubectl.wait(until, "--for=condition=Requested", requests)
    kubectl.show("wait", "--for=condition=Requested", requests)
    kubectl.show("get", "sacct,cfp,svp")
    kubectl.wait(until, "--for=condition=Ready", *OBJECTS)
    kubectl.show("wait", "--for=condition=Ready", *OBJECTS)
    kubectl.show("get", "sacct,cfp,svp")
    if kubectl.show("delete", *OBJECTS, f"--timeout={seconds:g}s"):
        raise NotReachedError("the three objects were not deleted in time.")
    _show_both_sides(screen, base_url)
    for name in OBJECTS[1:]:
        kubectl.show("events", "--for", name)


def _show_both_sides(screen: Screen, base_url: str) -> None:
    left = False
    screen.line()
    screen.line("What is left in the two services:")
    for peering, phase, connection, state in services.both_sides(base_url):
        left = left or phase is not None or state != "deleted"
        shown = "gone" if phase is None else phase
        screen.line(f"  Confluent Cloud: {peering} is {shown}. Atlas: {connection} is {state}.")
    if left:
        raise NotReachedError("something is left in Atlas or in Confluent Cloud.")
