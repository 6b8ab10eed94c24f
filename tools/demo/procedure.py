"""The whole procedure: three manifests connect Confluent Cloud to Atlas, and their deletion leaves nothing behind."""

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
    if kubectl.show("apply", "-k", f"{PROCEDURE.relative_to(ROOT)}/"):
        raise NotReachedError("kubectl could not apply the three manifests.")
    _, request, _ = OBJECTS
    timeout = f"--timeout={seconds:g}s"
    for condition, names in ("Requested", (request,)), ("Ready", OBJECTS):
        if kubectl.show("wait", f"--for=condition={condition}", *names, timeout):
            raise NotReachedError("the objects did not reach the expected state.")
        kubectl.show("get", "sacct,cfp,svp")
    if kubectl.show("delete", *OBJECTS, timeout):
        raise NotReachedError("the three objects were not deleted in time.")
    _show_both_sides(screen, base_url)
    for name in OBJECTS[1:]:
        kubectl.show("events", "--for", name)


def _show_both_sides(screen: Screen, base_url: str) -> None:
    for peering, phase, connection, state in services.both_sides(base_url):
        if phase is not None or state != "deleted":
            raise NotReachedError(f"{peering} is {phase or 'gone'} in Confluent Cloud, and {connection} is {state}.")
        screen.line()
        screen.line(f"Nothing is left: {peering} is gone from Confluent Cloud, and {connection} is deleted in Atlas.")
