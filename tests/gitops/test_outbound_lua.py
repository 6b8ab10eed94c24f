"""What Argo CD shows of a StreamsOutboundVpcPeering, and offers to do with it."""

from typing import Any

import pytest

from argo.customizations import OUTBOUND_PEERING, PEERING
from fast_yaml import read_yaml
from gitops.customization import SCRIPTED_OUTBOUND, read
from gitops.lua_vm import run

DIRECTORY = OUTBOUND_PEERING.directory
ACTIONS = DIRECTORY / "actions"
DISCOVERY = (ACTIONS / "discovery.lua").read_text()
HEALTH_TESTS = SCRIPTED_OUTBOUND.health_tests
ACTION_TESTS: dict[str, Any] = read_yaml((ACTIONS / "action_test.yaml").read_text())
NAMES = SCRIPTED_OUTBOUND.names
health, example = SCRIPTED_OUTBOUND.health, SCRIPTED_OUTBOUND.example


def test_healthy_are_those_for_which_atlas_has_done_its_part() -> None:
    healths = {case["inputPath"]: case["healthStatus"]["status"] for case in HEALTH_TESTS}
    expected = {
        "not-looked-at": "Progressing",
        "initiating": "Progressing",
        "pending-acceptance": "Healthy",
        "finalizing": "Healthy",
        "available": "Healthy",
        "available-while-suspended": "Healthy",
        "available-during-outage": "Healthy",
        "request-rejected": "Degraded",
        "request-expired": "Degraded",
        "request-failed": "Degraded",
        "container-not-found": "Degraded",
        "refused": "Degraded",
        "already-managed": "Degraded",
        "suspended": "Suspended",
        "unauthorized": "Degraded",
        "credentials-missing": "Progressing",
        "project-not-found": "Degraded",
        "being-deleted": "Progressing",
        "being-deleted-while-suspended": "Suspended",
        "changed-unseen": "Progressing",
        "pending-acceptance-while-suspended": "Healthy",
    }
    assert healths == {f"testdata/{name}.yaml": status for name, status in expected.items()}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_being_deleted_is_never_healthy(name: str) -> None:
    obj = example(name)
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert health(obj)["status"] != "Healthy"


@pytest.mark.parametrize("name", NAMES)
def test_of_a_dead_peering_the_action_says_that_it_requests_a_new_one(name: str) -> None:
    offered: dict[str, dict[str, Any]] = run(DISCOVERY, example(name))

    said = offered["reconcile"]["displayName"]

    assert ("request a new one" in said) == (name in ("request-rejected", "request-expired", "request-failed"))


def test_it_offers_the_actions_that_are_asked_for() -> None:
    for case in ACTION_TESTS["discoveryTests"]:
        found: dict[str, dict[str, Any]] = run(DISCOVERY, read(ACTIONS / case["inputPath"]))
        assert [{"name": name, **found[name]} for name in ("reconcile", "suspend", "resume")] == case["result"]


@pytest.mark.parametrize("action", ["reconcile", "suspend", "resume"])
def test_an_action_is_the_same_for_all_kinds_that_change_something(action: str) -> None:
    mine, others = (one.directory / "actions" / action / "action.lua" for one in (OUTBOUND_PEERING, PEERING))
    assert mine.read_text() == others.read_text()
