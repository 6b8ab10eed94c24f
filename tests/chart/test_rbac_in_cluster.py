"""The permissions are the least that works: what is asked of a real API server, beside what the chart grants.

A release is taken through all that makes its operator, its test and its hook ask for anything, once in each mode.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from chart_release import Release
from working_release import LATE, LENT, NAMED, WorkingRelease

from chart import Grant, Request, denied, grants, requests, ungranted, unused
from cluster.atlas import quick_atlas
from cluster.namespace import peering, vpc


@dataclass(frozen=True)
class Mode:
    """A way to confine the operator, or not to."""

    namespaced: bool
    secrets: tuple[str, ...] = ()
    """The only ones that it may read, beside its own."""


MODES = {
    "cluster-wide": Mode(namespaced=False),
    "namespaced": Mode(namespaced=True),
    "named Secrets only": Mode(namespaced=True, secrets=(NAMED, LATE)),
}


@dataclass(frozen=True)
class PermissionUse:
    """What a ServiceAccount is granted, and what it requested."""

    granted: set[Grant]
    asked: set[Request]


@dataclass(frozen=True)
class Lifecycle:
    """What a release's parties asked for in the course of its lifecycle."""

    mode: Mode
    release: WorkingRelease
    operator: PermissionUse
    test: PermissionUse


@contextmanager
def working_release(new_release: Callable[[str], Release], name: str) -> Iterator[WorkingRelease]:
    """Make a release, with an Atlas of its own; afterwards nothing of it is left."""
    with quick_atlas() as atlas:
        working = WorkingRelease(new_release(name), atlas)
        try:
            yield working
        finally:
            working.remove_all()


@pytest.fixture(scope="module", params=MODES)
def lifecycle(
    request: pytest.FixtureRequest,
    kinds: None,
    new_release: Callable[[str], Release],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lifecycle]:
    with working_release(new_release, f"rbac-{request.param}".lower()) as working:
        yield run_lifecycle(working, MODES[request.param], tmp_path_factory)


def run_lifecycle(working: WorkingRelease, mode: Mode, directories: pytest.TempPathFactory) -> Lifecycle:
    """Take a release through its lifecycle."""
    cluster, name = working.release.cluster, working.release.namespace

    def asked(account: str, *, since: int = 0) -> set[Request]:
        return requests(list(cluster.audit_events())[since:], name, account)

    working.install(namespaced=mode.namespaced, secrets=list(mode.secrets))
    operators = working.container.account
    granted = grants(working.rendered, operators)
    with working.operator(directories.mktemp("operator")) as proxy:
        working.accept_what_somebody_else_changes_meanwhile(proxy)
        working.wait_for_what_is_missing()
        working.publish()
        working.take()
        working.borrow()
        assert working.uninstall().code == 1, "objects exist"
        before = len(list(cluster.audit_events()))
        ended = working.check()
        assert ended.code == 0, ended.output
        tests = asked(operators, since=before)
        working.delete_all()
    return Lifecycle(
        mode,
        working,
        operator=PermissionUse(granted, asked(operators)),
        test=PermissionUse(granted, tests),
    )


@pytest.mark.parametrize("party", ["operator", "test"])
def test_nothing_is_denied_and_all_that_is_asked_for_is_granted_by_the_chart(lifecycle: Lifecycle, party: str) -> None:
    acting: PermissionUse = getattr(lifecycle, party)
    assert acting.asked
    assert denied(acting.asked) == set()
    assert ungranted(acting.asked, acting.granted) == set()


def test_nothing_is_granted_that_is_not_used(lifecycle: Lifecycle) -> None:
    assert lifecycle.operator.granted
    assert unused(lifecycle.operator.granted, lifecycle.operator.asked) == set()


def test_of_secrets_only_those_that_are_named_are_read_each_by_its_name(lifecycle: Lifecycle) -> None:
    read = {request for request in lifecycle.operator.asked if request.resource == "secrets"}
    assert {request.verb for request in read} == {"get"}
    assert {request.name for request in read} == {NAMED, LATE, LENT}


def test_the_lease_is_made_read_and_renewed_in_the_operators_own_namespace(lifecycle: Lifecycle) -> None:
    leases = {request for request in lifecycle.operator.asked if request.resource == "leases"}
    assert {request.verb for request in leases} == {"create", "get", "update"}
    assert {request.namespace for request in leases} == {lifecycle.release.release.namespace}


def test_in_the_namespaced_mode_nothing_is_asked_outside_of_the_namespaces_that_it_names(lifecycle: Lifecycle) -> None:
    served = {namespace.name for namespace in lifecycle.release.served}
    of_objects = {
        request.namespace
        for request in lifecycle.operator.asked
        if request.group == "atlasstreams.io" or request.resource == "events"
    }
    assert of_objects == (served if lifecycle.mode.namespaced else served | {""})


@pytest.mark.usefixtures("kinds")
def test_a_secret_that_is_not_among_the_named_ones_is_denied_and_the_object_says_so(
    new_release: Callable[[str], Release], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with working_release(new_release, "rbac-denied") as working:
        working.install(namespaced=True, secrets=[NAMED])
        namespace, account = working.served[0], working.container.account
        with working.operator(tmp_path_factory.mktemp("operator")):
            namespace.secret("other")
            namespace.apply(peering("orders", secret="other", vpc=vpc(1)))
            namespace.wait_for_reason("orders", "CredentialsMissing", seconds=60)
            said = namespace.condition("orders")["message"]
            assert said.startswith(f"The operator may not read Secret {namespace.name}/other")
            namespace.delete("orders", wait=True)

        granted = grants(working.rendered, account)
        asked = requests(working.release.cluster.audit_events(), working.release.namespace, account)
        refused = Request("get", "", "secrets", namespace.name, "other", denied=True)
        assert denied(asked) == ungranted(asked, granted) == {refused}
        assert Grant("get", "", "secrets", namespace.name, NAMED) in unused(granted, asked)
