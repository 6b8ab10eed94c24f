"""One list per project, credentials and requester account, for however many objects; no poll trigger here."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import asked, request
from cluster.conftest import StartOperator
from cluster.namespace import ACCOUNT, PROJECT, PUBLIC_KEY, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.waiting import wait_until

pytestmark = pytest.mark.usefixtures("operator")

MANY = 30
OTHER_ACCOUNT = "012345678901"
OTHER_KEY = ("pubother", "5d1e4bb0-3b0f-4a3c-9d6e-000000000000")
SHORTEST_PAUSE = 0.85
"""Seconds between two polls: the interval with its jitter, and a little for the machine."""


@pytest.fixture(scope="module")
def elsewhere(make_namespace: Callable[[str], Namespace]) -> Namespace:
    """Another namespace, whose Secret has another name and the same credentials."""
    made = make_namespace("elsewhere")
    made.secret("same-key")
    return made


@pytest.fixture(scope="module")
def operator(namespace: Namespace, elsewhere: Namespace, start_operator: StartOperator) -> OperatorProcess:
    """One operator for both, which polls once a second, also when nothing is pending."""
    return start_operator(namespace, elsewhere, POLL_INTERVAL_STEADY="1")


@contextmanager
def few_lists(simulator: SimulatorThread, *, accounts: int = 1) -> Iterator[None]:
    """Expect no more lists than one per interval and account while this lasts."""
    begun, before = time.monotonic(), len(simulator.calls("list"))
    yield
    lists, seconds = len(simulator.calls("list")) - before, time.monotonic() - begun
    assert lists <= accounts * (seconds / SHORTEST_PAUSE + 2), f"{lists} lists in {seconds:.1f} s"


@pytest.fixture(scope="module")
def many(namespace: Namespace, elsewhere: Namespace, simulator: SimulatorThread) -> list[str]:
    """Objects of two namespaces for connections of one account, all active; returns the connections."""
    names = [request(simulator, number) for number in range(2 * MANY)]
    with few_lists(simulator):
        namespace.apply(*(peering(f"here-{number}", vpc=vpc(number)) for number in range(MANY)))
        elsewhere.apply(
            *(peering(f"there-{number}", vpc=vpc(number), secret="same-key") for number in range(MANY, 2 * MANY))
        )
        namespace.wait_for_reasons({f"here-{number}": "Active" for number in range(MANY)})
        elsewhere.wait_for_reasons({f"there-{number}": "Active" for number in range(MANY, 2 * MANY)})
    return names


def test_many_objects_become_active_with_few_lists_and_one_accept_each(
    simulator: SimulatorThread, many: list[str]
) -> None:
    assert [asked(simulator, name) for name in many] == [["accept"]] * len(many)


def test_while_all_is_as_wanted_one_list_serves_all(simulator: SimulatorThread, many: list[str]) -> None:
    before = len(simulator.calls())

    with few_lists(simulator):
        simulator.wait_for_call("list", count=len(simulator.calls("list")) + 2)

    assert {call.operation for call in simulator.calls()[before:]} == {"list"}
    assert {call.requester_account_id for call in simulator.calls("list")} == {ACCOUNT}


def test_another_account_has_a_list_of_its_own(
    namespace: Namespace, simulator: SimulatorThread, many: list[str]
) -> None:
    connection = request(simulator, 0x100, account=OTHER_ACCOUNT)

    with few_lists(simulator, accounts=2):
        namespace.apply(peering("other-account", account=OTHER_ACCOUNT, vpc=vpc(0x100)))
        namespace.wait_for_reason("other-account", "Active")

    assert asked(simulator, connection) == ["accept"]
    assert simulator.calls("list", requester_account_id=OTHER_ACCOUNT)


def test_other_credentials_see_for_themselves(
    namespace: Namespace, simulator: SimulatorThread, many: list[str]
) -> None:
    public_key, private_key = OTHER_KEY
    simulator.add_api_key(public_key, private_key, roles={PROJECT: "owner"})
    namespace.secret("other-key", publicApiKey=public_key, privateApiKey=private_key)
    connection = request(simulator, 0x200)

    namespace.apply(peering("other-key", vpc=vpc(0x200), secret="other-key"))
    namespace.wait_for_reason("other-key", "Active")

    assert [call.principal for call in simulator.calls("accept", connection=connection)] == [public_key]
    assert simulator.calls("list", principal=public_key)


def test_lists_end_with_the_last_object_that_needs_them(
    namespace: Namespace, simulator: SimulatorThread, many: list[str]
) -> None:
    account = "999999999999"
    namespace.apply(peering("last", account=account, vpc=vpc(0x300)))
    simulator.wait_for_call("list", requester_account_id=account)

    namespace.delete("last", wait=True)
    wait_until(lambda: poll_has_ended(simulator, account), "the account is listed no more")


def poll_has_ended(simulator: SimulatorThread, account: str) -> bool:
    """Tell whether two lists of the first account came since the last of this one: both have the same interval."""
    last = max(call.number for call in simulator.calls("list", requester_account_id=account))
    others = simulator.calls("list", requester_account_id=ACCOUNT, principal=PUBLIC_KEY)
    return len([call for call in others if call.number > last]) >= 2


def test_what_happens_to_one_wakes_that_one(namespace: Namespace, simulator: SimulatorThread, many: list[str]) -> None:
    versions = {name: found["metadata"]["resourceVersion"] for name, found in namespace.objects().items()}

    simulator.set_cloud_status(many[0], "deleted")
    namespace.wait_for_reason("here-0", "ConnectionDeleted")
    request(simulator, 0, name=pcx(0x1000))
    namespace.wait_for_reason("here-0", "Active")

    after = {name: found["metadata"]["resourceVersion"] for name, found in namespace.objects().items()}
    assert [name for name in versions if after[name] != versions[name]] == ["here-0"]
