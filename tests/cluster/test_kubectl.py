"""What a person sees with kubectl."""

import re

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.namespace import PROJECT, Namespace, pcx, peering, vpc

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")


@pytest.fixture(scope="module", autouse=True)
def rows(namespace: Namespace, simulator: SimulatorThread, poll_trigger: object) -> None:
    """One active object, one that waits, one that is stuck, and one whose request is pending."""
    request(simulator, 1, state="active")
    request(simulator, 3, state="expired")
    request(simulator, 4)
    namespace.apply(
        peering("active", vpc=vpc(1)),
        peering("pending", vpc=vpc(4), suspend=True),
        peering("stuck", connectionName=pcx(3)),
        peering("waiting", vpc=vpc(2)),
    )
    namespace.wait_for_cloud({"active": "active", "pending": "pending-acceptance", "stuck": "expired"})
    namespace.wait_for_reasons({"active": "Active", "waiting": "WaitingForRequest", "stuck": "RequestExpired"})


def table(namespace: Namespace, *arguments: str) -> list[list[str]]:
    """Return the cells of what `kubectl get` prints."""
    lines = namespace.kubectl("get", *arguments).stdout.splitlines()
    starts = [match.start() for match in re.finditer(r"(?<=  )\S|^\S", lines[0])]
    ends = [*starts[1:], None]
    return [[line[start:end].strip() for start, end in zip(starts, ends, strict=True)] for line in lines]


def test_get_shows_the_columns_of_the_design(namespace: Namespace) -> None:
    header, active, pending, poll_trigger, stuck, waiting = table(namespace, "svp")

    assert header == ["NAME", "CONNECTION", "REQUESTER", "CLOUD STATUS", "READY", "REASON", "AGE"]
    assert active[:-1] == ["active", pcx(1), vpc(1), "active", "True", "Active"]
    assert pending[:-1] == ["pending", pcx(4), vpc(4), "pending-acceptance", "False", "Suspended"]
    assert stuck[:-1] == ["stuck", pcx(3), vpc(3), "expired", "False", "RequestExpired"]
    assert waiting[:-1] == ["waiting", "", vpc(2), "", "False", "WaitingForRequest"]
    assert poll_trigger[0] == "poll-trigger"
    assert re.fullmatch(r"\d+s", active[-1])


def test_wide_adds_project_expiry_and_message(namespace: Namespace) -> None:
    header, active, pending, _, stuck, waiting = table(namespace, "svp", "-o", "wide")

    assert header[7:] == ["PROJECT", "EXPIRES", "MESSAGE"]
    assert active[7:] == [PROJECT, "", f"{pcx(1)} is active."]
    assert pending[7:9] == [PROJECT, namespace.status("pending")["expirationTime"]]
    assert stuck[7:9] == [PROJECT, ""]
    assert waiting[7:9] == [PROJECT, ""]
    assert waiting[9].startswith("Waiting for a request from account ")


@pytest.mark.parametrize(
    "name", ["svp", "streamsvpcpeering", "streamsvpcpeerings", "streamsvpcpeerings.atlasstreams.io", "atlas-streams"]
)
def test_the_kind_is_found_under_each_of_its_names(namespace: Namespace, name: str) -> None:
    found = namespace.kubectl("get", name, "-o", "name").stdout.split()

    assert "streamsvpcpeering.atlasstreams.io/active" in found


def test_explain_says_what_each_field_is_for(namespace: Namespace) -> None:
    explained = " ".join(namespace.kubectl("explain", "svp.spec.requester").stdout.split())

    assert "accountId <string>" in explained
    assert "AWS account that the request comes from: 12 digits, in quotes. Cannot be changed." in explained
    assert "Required unless you set connectionName or confluentPeeringRef." in explained


@pytest.mark.parametrize("path", ["svp", "svp.spec", "svp.spec.requester", "svp.status", "svp.status.conditions"])
def test_explain_leaves_no_field_without_a_word(namespace: Namespace, path: str) -> None:
    explained = namespace.kubectl("explain", path).stdout

    assert "<no description>" not in explained


def test_wait_can_wait_for_ready(namespace: Namespace) -> None:
    namespace.kubectl("wait", "--for=condition=Ready", "svp/active", "--timeout=50s")
    namespace.kubectl("wait", "--for=condition=Stalled", "svp/stuck", "--timeout=50s")
    namespace.kubectl("wait", "--for=condition=Reconciling", "svp/waiting", "--timeout=50s")


def test_a_held_connection_cannot_be_pointed_away_from(namespace: Namespace) -> None:
    said = namespace.refused(peering("active", vpc=vpc(1), connectionName=pcx(2)))

    assert "spec.connectionName cannot be pointed away from the connection this object holds" in said
