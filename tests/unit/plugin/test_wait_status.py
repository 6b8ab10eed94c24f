"""What wait makes of an object."""

from typing import Any

import pytest

from atlas_streams_peering.plugin.wait_status import DELETED, Outcome, WaitStatus, seconds, target_of, wait_status


def condition(kind: str, status: str, reason: str = "Accepting", *, generation: int = 2) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": "A sentence.",
        "observedGeneration": generation,
    }


def body(*conditions: dict[str, Any], deleting: bool = False) -> dict[str, Any]:
    metadata = {"name": "kafka", "generation": 2} | ({"deletionTimestamp": "2024-12-12T00:00:00Z"} if deleting else {})
    return {"metadata": metadata, "status": {"conditions": [*conditions]}}


READY = condition("Ready", "True", "Active")
WAITING = condition("Ready", "False")
STUCK = condition("Ready", "False", "RequestExpired")
STALLED = condition("Stalled", "True", "RequestExpired")


@pytest.mark.parametrize(
    ("found", "wanted", "outcome", "reason"),
    [
        (None, "Ready", Outcome.GONE, "NotFound"),
        (None, DELETED, Outcome.REACHED, "NotFound"),
        (body(), "Ready", Outcome.WAITING, "Unobserved"),
        (body(READY), "Ready", Outcome.REACHED, "Active"),
        (body(WAITING), "Ready", Outcome.WAITING, "Accepting"),
        (body(STUCK, STALLED), "Ready", Outcome.STALLED, "RequestExpired"),
        (
            body(WAITING, condition("Requested", "True", "PendingAcceptance")),
            "Requested",
            Outcome.REACHED,
            "PendingAcceptance",
        ),
        (body(READY), "Requested", Outcome.WAITING, "Active"),
        (body(READY), DELETED, Outcome.WAITING, "Active"),
        (body(WAITING, deleting=True), DELETED, Outcome.WAITING, "Accepting"),
        (body(STUCK, STALLED, deleting=True), DELETED, Outcome.STALLED, "RequestExpired"),
        (body(STUCK, STALLED), DELETED, Outcome.WAITING, "RequestExpired"),
    ],
)
def test_an_object_is_judged(found: dict[str, Any] | None, wanted: str, outcome: Outcome, reason: str) -> None:
    status = wait_status(found, wanted)

    assert (status.outcome, status.reason) == (outcome, reason)


@pytest.mark.parametrize(
    "old", [[condition("Ready", "True", generation=1)], [condition("Stalled", "True", generation=1)]]
)
def test_what_was_said_about_an_older_spec_does_not_count(old: list[dict[str, Any]]) -> None:
    status = wait_status(body(*old), "Ready")

    assert status == WaitStatus(Outcome.WAITING, "Unobserved", "The operator has not observed the present spec yet.")


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("kafka", "streamsvpcpeering/kafka"),
        ("svp/kafka", "streamsvpcpeering/kafka"),
        ("StreamsAccountDetails/atlas", "streamsaccountdetails/atlas"),
        ("streamsoutboundvpcpeerings.atlasstreams.io/x", "streamsoutboundvpcpeering/x"),
        ("cfp/kafka", "confluentpeering/kafka"),
    ],
)
def test_an_object_is_named_as_in_kubectl(word: str, target: str) -> None:
    assert str(target_of(word)) == target


@pytest.mark.parametrize("word", ["", "pod/kafka", "svp/", "/kafka", "a/b/c"])
def test_what_names_no_object_of_ours_is_refused(word: str) -> None:
    assert target_of(word) is None


@pytest.mark.parametrize(("text", "number"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("0s", 0)])
def test_durations_are_those_of_kubectl(text: str, number: float) -> None:
    assert seconds(text) == number


@pytest.mark.parametrize("text", ["", "5x", "m", "-5s", "5m 3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    assert seconds(text) is None
