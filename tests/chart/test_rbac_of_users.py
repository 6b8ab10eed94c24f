"""What people may do with the kinds who may view, edit or administer a namespace: on a real API server."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chart_release import Release

from atlas_streams_peering.api.group import GROUP
from atlas_streams_peering.kinds.resources import KINDS
from chart import CHART
from cluster.namespace import Namespace, peering, vpc
from cluster.waiting import wait_until

READ = {"get", "list", "watch"}
WRITE = {"create", "update", "patch", "delete", "deletecollection"}
ROLES = {"view": READ, "edit": READ | WRITE, "admin": READ | WRITE}
"""Kubernetes' own roles, and what they come to include."""

pytestmark = pytest.mark.usefixtures("kinds")


class Person:
    """Somebody to whom a role of Kubernetes is bound, in one namespace."""

    def __init__(self, namespace: Namespace, role: str) -> None:
        self._namespace, self._name = namespace, f"{role}er"
        namespace.kubectl("create", "rolebinding", role, f"--clusterrole={role}", f"--user={self._name}")

    def rights(self) -> dict[str, set[str]]:
        """Return the verbs on each resource of our group, as the API server knows them."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": self._namespace.name},
        }
        answer = self.kubectl("create", "--validate=false", "--output=json", "-f", "-", input=json.dumps(review))
        status = json.loads(answer.stdout)["status"]
        assert not status["incomplete"]
        found: dict[str, set[str]] = {}
        for rule in status["resourceRules"]:
            if {GROUP, "*"} & set(rule["apiGroups"]):
                for resource in rule["resources"]:
                    found.setdefault(resource, set()).update(rule["verbs"])
        return found

    def kubectl(self, *arguments: str, **options: Any) -> Any:
        return self._namespace.kubectl(f"--as={self._name}", *arguments, **options)

    def may(self, *arguments: str, **options: Any) -> bool:
        """Try it; what fails for any other reason than a lack of rights fails the test."""
        answer = self.kubectl(*arguments, check=False, **options)
        denied = "streamsvpcpeerings" in answer.stderr and "is forbidden" in answer.stderr
        assert denied is (answer.returncode != 0), answer.stderr
        return bool(answer.returncode == 0)


@pytest.fixture(scope="module")
def bare(new_release: Callable[[str], Release]) -> Iterator[Release]:
    """A namespace of people who know nothing of the chart yet."""
    release = new_release("users")
    yield release
    release.remove_all()


@pytest.fixture(scope="module")
def people(bare: Release) -> dict[str, Person]:
    return {role: Person(Namespace(bare.cluster, bare.namespace), role) for role in ROLES}


@pytest.fixture(scope="module")
def installed(bare: Release, people: dict[str, Person]) -> Release:
    """The chart, once Kubernetes has put its roles together."""
    assert [person.rights() for person in people.values()] == [{}, {}, {}], "without the chart nobody may do anything"
    bare.install({"crds": {"enabled": False}})
    wait_until(lambda: all(person.rights() for person in people.values()), "the roles are aggregated", seconds=60)
    return bare


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_includes_exactly_what_it_is_named_for(people: dict[str, Person], role: str) -> None:
    plurals = {kind.plural for kind in KINDS}
    wait_until(lambda: people[role].rights() == dict.fromkeys(plurals, ROLES[role]), f"{role} is whole", seconds=60)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("role", ROLES)
def test_who_may_edit_writes_objects_and_nobody_writes_their_status(people: dict[str, Person], role: str) -> None:
    person, writes = people[role], role != "view"
    manifest = json.dumps(peering(f"of-{role}", vpc=vpc(1)))
    assert person.may("get", "svp")
    assert person.may("create", "-f", "-", input=manifest) is writes
    if not writes:
        return
    assert person.may("annotate", "svp", f"of-{role}", "atlasstreams.io/reconcile-requested-at=now")
    forged = json.dumps({"status": {"cloudStatus": "active"}})
    assert not person.may("patch", "svp", f"of-{role}", "--subresource=status", "--type=merge", f"-p={forged}")
    assert person.may("delete", "svp", f"of-{role}")


@pytest.mark.usefixtures("installed")
def test_one_namespaces_role_reaches_no_other(people: dict[str, Person], bare: Release) -> None:
    for person in people.values():
        assert not person.may("get", "svp", "--namespace=default")
        assert not person.may("get", "svp", "--all-namespaces")


def test_they_can_be_left_to_an_administrator(installed: Release, people: dict[str, Person]) -> None:
    def upgrade(*, aggregate: bool) -> None:
        values = {"crds": {"enabled": False}, "rbac": {"aggregateClusterRoles": aggregate}}
        answer = installed.helm("upgrade", str(CHART), values=values)
        assert answer.code == 0, answer.output

    upgrade(aggregate=False)
    try:
        wait_until(lambda: not any(person.rights() for person in people.values()), "nothing is left", seconds=60)
    finally:
        upgrade(aggregate=True)
