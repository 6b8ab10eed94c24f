"""What Argo CD shows of a ConfluentPeering, and offers to do with it: on objects as they are decided about."""

from typing import Any, Final

import pytest

from argo.customizations import CONFLUENT, PEERING
from atlas_streams_peering.api.group import FINALIZER
from atlas_streams_peering.kinds.confluent_peering.network import NoNetwork
from gitops.lua_vm import run
from unit.kinds.confluent_peering.builders import GENERATION, decided, held, network, peering, status_after, stored

HEALTH: Final = (CONFLUENT.directory / "health.lua").read_text()
ACTIONS: Final = CONFLUENT.directory / "actions"
SUSPENDED: Final[dict[str, Any]] = {"suspend": True}


def written(phase: str | None = None, *, on: Any = None, deleting: bool = False, **spec: Any) -> dict[str, Any]:
    """An object as the operator leaves it: with a peering in this phase, or without any."""
    resource = stored(spec, held(phase) if phase else None, deleting=deleting)
    rows = [peering(phase)] if phase else []
    status = status_after(resource, decided(resource, *rows, on=on))
    return {
        "metadata": {
            "name": "orders",
            "generation": GENERATION,
            "finalizers": [FINALIZER],
            **({"deletionTimestamp": "2024-12-12T11:00:00Z"} if deleting else {}),
        },
        "spec": dict(resource.obj.spec),
        "status": status.model_dump(by_alias=True, exclude_none=True, mode="json"),
    }


OBJECTS: Final = {
    "nothing requested yet": (written(), "Progressing"),
    "provisioning": (written("PROVISIONING"), "Progressing"),
    "waiting for the other side": (written("PENDING_ACCEPT"), "Healthy"),
    "connected": (written("READY"), "Healthy"),
    "connected and suspended": (written("READY", **SUSPENDED), "Healthy"),
    "on its way out": (written("DEPROVISIONING"), "Progressing"),
    "failed": (written("FAILED"), "Degraded"),
    "disconnected": (written("DISCONNECTED"), "Degraded"),
    "suspended": (written(**SUSPENDED), "Suspended"),
    "being deleted": (written("PENDING_ACCEPT", deleting=True), "Progressing"),
    "being deleted while suspended": (written("READY", deleting=True, **SUSPENDED), "Suspended"),
    "waiting for its reference": (written(accountDetailsRef={"name": "atlas"}), "Progressing"),
    "waiting for its network": (written(on=network("PROVISIONING", aws=False)), "Progressing"),
    "without a network": (written(on=NoNetwork("No such network.")), "Degraded"),
    "with a failed network": (written(on=network("FAILED", aws=False)), "Degraded"),
    "with a network elsewhere": (written(on=network(cloud="GCP")), "Degraded"),
}


def health(obj: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = run(HEALTH, obj)
    return found


def ready(obj: dict[str, Any]) -> dict[str, Any]:
    (found,) = (each for each in obj["status"]["conditions"] if each["type"] == "Ready")
    return dict(found)


def confluent_healths() -> dict[str, str]:
    """Return reason → health, of objects that are not being deleted."""
    shown = (obj for obj, _ in OBJECTS.values() if "deletionTimestamp" not in obj["metadata"])
    return {ready(obj)["reason"]: health(obj)["status"] for obj in shown}


@pytest.mark.parametrize(("obj", "expected"), OBJECTS.values(), ids=OBJECTS.keys())
def test_each_state_has_its_health_and_the_operators_message(obj: dict[str, Any], expected: str) -> None:
    shown = health(obj)

    assert (shown["status"], shown["message"]) == (expected, ready(obj)["message"])


def test_a_deletion_says_what_it_waits_for() -> None:
    obj, _ = OBJECTS["being deleted"]

    assert health(obj)["deletionMessage"] == ready(obj)["message"]


@pytest.mark.parametrize("generation", [-1, GENERATION - 1])
def test_a_change_that_is_not_seen_yet_is_progressing(generation: int) -> None:
    obj = written("READY")
    obj["status"]["observedGeneration"] = generation

    assert health(obj)["status"] == "Progressing"


def test_an_outage_changes_no_health() -> None:
    obj = written("READY")
    (synced,) = (each for each in obj["status"]["conditions"] if each["type"] == "Synced")
    synced |= {"status": "False", "reason": "ConfluentUnavailable", "message": "Confluent Cloud is silent."}

    shown = health(obj)

    assert shown["status"] == "Healthy"
    assert shown["message"].endswith("That is the last known state: Confluent Cloud is silent.")


def test_the_actions_are_those_of_a_streams_vpc_peering_in_other_words() -> None:
    for action in ("reconcile", "suspend", "resume"):
        path = f"actions/{action}/action.lua"
        assert (CONFLUENT.directory / path).read_text() == (PEERING.directory / path).read_text()
    discovery = (ACTIONS / "discovery.lua").read_text()
    assert discovery.replace("Confluent Cloud", "Atlas") == (PEERING.directory / "actions/discovery.lua").read_text()


@pytest.mark.parametrize("suspend", [False, True])
def test_an_object_can_be_suspended_or_resumed_but_not_both(suspend: bool) -> None:
    discovered = run((ACTIONS / "discovery.lua").read_text(), written(suspend=suspend))
    offered = {action for action, about in discovered.items() if not about["disabled"]}

    assert offered == {"reconcile", "resume" if suspend else "suspend"}
