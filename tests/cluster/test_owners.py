"""Several objects for one connection: the oldest has it, the others leave it alone."""

from collections.abc import Callable

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import PollTrigger, asked, request
from cluster.conftest import StartOperator
from cluster.namespace import Namespace, condition_of, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import next_second

pytestmark = pytest.mark.usefixtures("operator", "poll_trigger")


@pytest.fixture(scope="module")
def elsewhere(make_namespace: Callable[[str], Namespace]) -> Namespace:
    """Another namespace with the same credentials; its name comes after that of the first."""
    made = make_namespace("elsewhere")
    made.secret()
    return made


@pytest.fixture(scope="module")
def operator(namespace: Namespace, elsewhere: Namespace, start_operator: StartOperator) -> OperatorProcess:
    """One operator for both."""
    return start_operator(namespace, elsewhere)


def create_in_order(*creations: tuple[Namespace, dict[str, object]]) -> None:
    """Create objects in different seconds: creation times know no less."""
    for namespace, manifest in creations:
        namespace.apply(manifest)
        next_second()


def test_of_two_objects_in_two_namespaces_the_older_owns_the_connection(
    namespace: Namespace, elsewhere: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 1)
    create_in_order((elsewhere, peering("zulu", vpc=vpc(1))), (namespace, peering("alfa", vpc=vpc(1))))
    namespace.wait_for_reason("alfa", "AlreadyManaged")
    elsewhere.wait_for_reason("zulu", "Active")
    poll_trigger.wait_for_polls()
    younger = namespace.objects()["alfa"]

    assert asked(simulator, connection) == ["accept"]
    assert condition_of(younger, "Stalled")["status"] == "True"
    assert f"{elsewhere.name}/zulu" in condition_of(younger)["message"]
    assert younger["status"].keys().isdisjoint({"connectionName", "cloudStatus"})
    assert not younger["metadata"].get("finalizers")


def test_of_two_objects_of_one_second_the_first_by_name_owns_the_connection(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 2)
    namespace.apply(peering("twin-a", vpc=vpc(2)), peering("twin-b", connectionName=connection))

    namespace.wait_for_reasons({"twin-a": "Active", "twin-b": "AlreadyManaged"})

    assert asked(simulator, connection) == ["accept"]


def test_deleting_the_younger_touches_nothing(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 3)
    namespace.apply(peering("owner", vpc=vpc(3)), peering("rival", vpc=vpc(3)))
    namespace.wait_for_reasons({"owner": "Active", "rival": "AlreadyManaged"})

    namespace.kubectl("delete", "svp", "rival", "--timeout=50s")
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == ["accept"]
    assert namespace.condition("owner")["reason"] == "Active"


def test_the_younger_takes_over_what_the_older_leaves(
    namespace: Namespace, elsewhere: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 4)
    create_in_order(
        (elsewhere, peering("leaving", vpc=vpc(4), deletionPolicy="Retain")), (namespace, peering("heir", vpc=vpc(4)))
    )
    elsewhere.wait_for_reason("leaving", "Active")
    namespace.wait_for_reason("heir", "AlreadyManaged")

    elsewhere.delete("leaving", wait=True)
    status = namespace.wait_for_reason("heir", "Active")

    assert status["connectionName"] == connection
    assert asked(simulator, connection) == ["accept"]
    elsewhere.apply(peering("leaving", vpc=vpc(4)))
    elsewhere.wait_for_reason("leaving", "AlreadyManaged")


def test_after_the_older_has_deleted_the_connection_the_younger_takes_the_next(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 5)
    namespace.apply(peering("older", vpc=vpc(5)), peering("younger", vpc=vpc(5)))
    namespace.wait_for_reasons({"older": "Active", "younger": "AlreadyManaged"})

    namespace.delete("older", wait=True)
    namespace.wait_for_reason("younger", "ConnectionDeleted")
    following = request(simulator, 5, name=pcx(0x501))
    namespace.wait_for_reason("younger", "Active")

    assert asked(simulator, connection) == ["accept", "delete"]
    assert asked(simulator, following) == ["accept"]


def test_an_older_object_that_is_suspended_still_owns(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 6)
    namespace.apply(peering("sleeping", vpc=vpc(6), suspend=True), peering("waking", vpc=vpc(6)))
    namespace.wait_for_reasons({"sleeping": "Suspended", "waking": "AlreadyManaged"})
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == []
    namespace.patch("sleeping", suspend=False)
    namespace.wait_for_reason("sleeping", "Active")
    assert asked(simulator, connection) == ["accept"]


def test_an_older_object_without_credentials_still_owns(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 7)
    namespace.apply(peering("keyless", vpc=vpc(7), secret="absent"), peering("later", vpc=vpc(7)))
    namespace.wait_for_reasons({"keyless": "CredentialsMissing", "later": "AlreadyManaged"})
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == []
    namespace.delete("keyless", wait=True)
    namespace.wait_for_reason("later", "Active")
    assert asked(simulator, connection) == ["accept"]


def test_the_younger_takes_what_the_older_no_longer_means(namespace: Namespace, simulator: SimulatorThread) -> None:
    connection = request(simulator, 8)
    namespace.apply(peering("moving-on", vpc=vpc(8), suspend=True), peering("next-in-line", vpc=vpc(8)))
    namespace.wait_for_reasons({"moving-on": "Suspended", "next-in-line": "AlreadyManaged"})

    namespace.patch("moving-on", connectionName=pcx(0x801))
    status = namespace.wait_for_reason("next-in-line", "Active")

    assert status["connectionName"] == connection
    assert asked(simulator, connection) == ["accept"]


def test_the_guard_of_the_older_keeps_it_from_owning_what_it_does_not_mean(
    namespace: Namespace, simulator: SimulatorThread
) -> None:
    connection = request(simulator, 9, cidr="10.9.0.0/16")
    namespace.apply(peering("choosy", vpc=vpc(9), cidr="10.90.0.0/16"), peering("fitting", vpc=vpc(9)))

    namespace.wait_for_reasons({"choosy": "WaitingForRequest", "fitting": "Active"})

    assert asked(simulator, connection) == ["accept"]


def test_an_older_object_that_means_the_connection_anew_does_not_take_it_from_its_holder(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 10)
    namespace.apply(peering("returning", vpc=vpc(10), connectionName=pcx(0x1001)))
    next_second()
    namespace.apply(peering("sitting", vpc=vpc(10)))
    namespace.wait_for_reasons({"returning": "WaitingForRequest", "sitting": "Active"})

    namespace.patch("returning", connectionName=None)
    namespace.wait_for_reasons({"returning": "AlreadyManaged", "sitting": "Active"})
    namespace.delete("returning", wait=True)
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == ["accept"]
    assert namespace.condition("sitting")["reason"] == "Active"


def test_of_two_objects_made_in_one_second_the_one_that_holds_the_connection_keeps_it(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 11)
    namespace.apply(peering("a-newcomer", vpc=vpc(11), connectionName=pcx(0x1101)), peering("holder", vpc=vpc(11)))
    namespace.wait_for_reasons({"a-newcomer": "WaitingForRequest", "holder": "Active"})
    made = {name: (namespace.get(name) or {})["metadata"]["creationTimestamp"] for name in ("a-newcomer", "holder")}
    if made["a-newcomer"] != made["holder"]:
        pytest.skip("they were not made in one second")

    namespace.patch("a-newcomer", connectionName=None)
    namespace.wait_for_reasons({"a-newcomer": "AlreadyManaged", "holder": "Active"})
    poll_trigger.wait_for_polls()

    assert asked(simulator, connection) == ["accept"]


def test_an_object_that_holds_a_connection_owns_it_whatever_its_guard_says_since(
    namespace: Namespace, simulator: SimulatorThread, poll_trigger: PollTrigger
) -> None:
    connection = request(simulator, 12)
    create_in_order((namespace, peering("first", vpc=vpc(12))), (namespace, peering("second", vpc=vpc(12))))
    namespace.wait_for_reasons({"first": "Active", "second": "AlreadyManaged"})

    namespace.patch("first", requester={"cidr": "10.99.0.0/16"})
    namespace.wait_for_reason("first", "RequesterMismatch")
    poll_trigger.wait_for_polls(3)

    found = namespace.objects()
    assert condition_of(found["second"])["reason"] == "AlreadyManaged"
    assert found["first"]["status"]["connectionName"] == connection
    assert found["first"]["metadata"]["finalizers"] == ["atlasstreams.io/cleanup"]
    versions = {name: found[name]["metadata"]["resourceVersion"] for name in ("first", "second")}
    poll_trigger.wait_for_polls(3)
    assert {name: one["metadata"]["resourceVersion"] for name, one in namespace.objects().items()}.items() >= (
        versions.items()
    )
    namespace.delete("second", wait=True)
    poll_trigger.wait_for_polls()
    assert asked(simulator, connection) == ["accept"]
