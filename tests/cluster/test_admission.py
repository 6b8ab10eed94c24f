"""The policy of examples/admission on a real API server: what a namespace may name, and what is not hindered."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from atlas_simulator import SimulatorThread
from cluster.account_details import account_details
from cluster.atlas import asked, request
from cluster.confluent import confluent_peering
from cluster.conftest import StartOperator
from cluster.namespace import ACCOUNT, PROJECT, Namespace, peering, vpc
from cluster.outbound import outbound
from cluster.policies import policy
from cluster.waiting import wait_until
from fast_yaml import read_yaml

EXAMPLES = Path(__file__).parents[2] / "examples" / "admission"
OTHER_PROJECT, OTHER_ACCOUNT = "0" * 24, "999999999999"
REQUESTERS = [{"accountId": ACCOUNT}]


def example(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml((EXAMPLES / f"{name}.yaml").read_text())
    return found


class Admission:
    """The policy in force for the namespaces of this module only: other modules share the API server."""

    def __init__(self, place: Namespace, open_place: Namespace) -> None:
        self.place, self.open_place = place, open_place
        self.allowed = example("allowed")
        self.allowed["data"] = {
            f"{place.name}.projects": f"{OTHER_PROJECT[:-1]}1,\n{PROJECT}",
            f"{place.name}.accounts": ACCOUNT,
            f"{place.name}.environments": confluent_peering("x")["spec"]["environmentId"],
            f"{place.name}.secrets": "atlas-api confluent-api",
            f"{open_place.name}.projects": "*",
            f"{open_place.name}.accounts": "*",
            f"{open_place.name}.environments": "*",
            f"{open_place.name}.secrets": "<default>",
        }

    def begin(self) -> None:
        names = [self.place.name, self.open_place.name]
        selector = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": names}]}
        binding = example("binding")
        binding["spec"]["matchResources"] = {"namespaceSelector": selector}
        self._apply(example("policy"), self.allowed, binding)
        wait_until(lambda: tried(self.place, peering("x", vpc=vpc(1), account=OTHER_ACCOUNT)), "the policy is in force")

    def allow(self, **changes: str | None) -> None:
        """Change the lists of the place, and wait until that counts."""
        data = {f"{self.place.name}.{key}": value for key, value in changes.items()}
        self.place.cluster.kubectl(
            *("--namespace", self.allowed["metadata"]["namespace"], "patch", "configmap"),
            *(self.allowed["metadata"]["name"], "--type=merge", "-p", json.dumps({"data": data})),
        )

    def end(self) -> None:
        for name in ("binding", "policy", "allowed"):
            self.place.cluster.kubectl("delete", "--wait", "--filename", str(EXAMPLES / f"{name}.yaml"))

    def _apply(self, *manifests: dict[str, Any]) -> None:
        items = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.place.cluster.kubectl("apply", "-f", "-", input=json.dumps(items))


def tried(namespace: Namespace, manifest: dict[str, Any]) -> str:
    """Create an object with a dry run; return why it is refused, or nothing."""
    arguments = ("create", "--dry-run=server", "--validate=strict", "-f", "-")
    answer = namespace.kubectl(*arguments, input=json.dumps(manifest), check=False)
    return "" if answer.returncode == 0 else answer.stderr


@pytest.fixture(scope="module")
def admission(namespace: Namespace, make_namespace: Callable[[str], Namespace]) -> Iterator[Admission]:
    admission = Admission(namespace, make_namespace("open"))
    admission.begin()
    yield admission
    admission.end()


ALLOWED = [
    peering("x", vpc=vpc(1)),
    peering("x", requester={"confluentPeeringRef": {"name": "kafka"}}),
    account_details("x"),
    confluent_peering("x", credentialsSecretRef={"name": "confluent-api"}),
    outbound("x", 1),
    policy("x", requesters=REQUESTERS),
]
REFUSED = [
    (peering("x", vpc=vpc(1), project=OTHER_PROJECT), f"may not name the Atlas project {OTHER_PROJECT}"),
    (peering("x", vpc=vpc(1), account=OTHER_ACCOUNT), f"may not name the AWS account {OTHER_ACCOUNT}"),
    (peering("x", vpc=vpc(1), secret="root"), "may not use the Secret root"),
    (peering("x", vpc=vpc(1), secret=None), "may not use the default credentials"),
    (account_details("x", project=OTHER_PROJECT), f"may not name the Atlas project {OTHER_PROJECT}"),
    (account_details("x", secret="root"), "may not use the Secret root"),
    (confluent_peering("x", environmentId="env-other"), "may not name the Confluent Cloud environment env-other"),
    (confluent_peering("x", credentialsSecretRef={"name": "root"}), "may not use the Secret root"),
    (outbound("x", 1, awsAccountId=OTHER_ACCOUNT), f"may not name the AWS account {OTHER_ACCOUNT}"),
    (outbound("x", 1, project=OTHER_PROJECT), f"may not name the Atlas project {OTHER_PROJECT}"),
    (
        policy("x", requesters=[*REQUESTERS, {"accountId": OTHER_ACCOUNT}]),
        f"may not name the AWS account {OTHER_ACCOUNT}",
    ),
    (policy("x", requesters=REQUESTERS, project=OTHER_PROJECT), f"may not name the Atlas project {OTHER_PROJECT}"),
]


def test_what_the_lists_name_is_allowed_for_every_kind(admission: Admission) -> None:
    assert [tried(admission.place, manifest) for manifest in ALLOWED] == [""] * len(ALLOWED)


def test_what_they_do_not_name_is_refused_with_the_list_that_lacks_it(admission: Admission) -> None:
    for manifest, words in REFUSED:
        said = tried(admission.place, manifest)
        assert words in said, (manifest, said)
        assert f"namespace {admission.place.name} " in said
        assert "of the ConfigMap atlas-streams-peering/atlas-streams-peering-allowed" in said


def test_a_star_allows_everything_in_its_list_and_in_no_other(admission: Admission) -> None:
    everything = peering("x", vpc=vpc(1), project=OTHER_PROJECT, account=OTHER_ACCOUNT, secret=None)

    assert tried(admission.open_place, everything) == ""
    assert "may not use the Secret atlas-api" in tried(admission.open_place, peering("x", vpc=vpc(1)))


def test_an_update_may_change_all_but_what_the_lists_are_about(admission: Admission) -> None:
    place = admission.place
    place.apply(policy("requests", requesters=REQUESTERS, action="Report"))

    def patched(**spec: Any) -> str:
        body = json.dumps({"spec": spec})
        return place.kubectl("patch", "svpp", "requests", "--type=merge", "-p", body, check=False).stderr

    assert patched(maxConnections=3) == ""
    assert f"AWS account {OTHER_ACCOUNT}" in patched(requesters=[*REQUESTERS, {"accountId": OTHER_ACCOUNT}])
    assert "the Secret root" in patched(credentialsSecretRef={"name": "root"})
    assert "the default credentials" in patched(credentialsSecretRef=None)
    admission.allow(accounts=OTHER_ACCOUNT)
    try:
        wait_until(lambda: not patched(requesters=[*REQUESTERS, {"accountId": OTHER_ACCOUNT}]), "the list counts")
        assert patched(requesters=REQUESTERS) == "", "what it named before, it may go on to name"
    finally:
        admission.allow(accounts=ACCOUNT)
    place.delete("requests", "svpp", wait=True)


def test_the_operator_goes_on_with_objects_that_the_lists_would_not_allow_any_more(
    admission: Admission, start_operator: StartOperator, simulator: SimulatorThread
) -> None:
    place = admission.place
    start_operator(place)
    connection = request(simulator, 7)
    place.apply(peering("orders", vpc=vpc(7)))
    place.wait_for_reason("orders", "Active")
    place.apply(peering("early", vpc=vpc(8)))
    place.wait_for_reason("early", "WaitingForRequest")

    admission.allow(projects=None, accounts=None, secrets=None)
    try:
        wait_until(lambda: tried(place, peering("x", vpc=vpc(1))), "the lists are empty")

        early = request(simulator, 8)
        place.wait_for_reason("early", "Active")
        assert asked(simulator, early) == ["accept"]
        place.patch("early", suspend=True)
        place.patch("early", suspend=False, deletionPolicy="Retain")
        place.delete("early", wait=True)
        place.delete("orders", wait=True)
        assert asked(simulator, connection) == ["accept", "delete"]
    finally:
        admission.allow(projects=PROJECT, accounts=ACCOUNT, secrets="atlas-api confluent-api")
        wait_until(lambda: not tried(place, peering("x", vpc=vpc(1))), "the lists are as before")


def test_without_the_lists_nothing_is_allowed(admission: Admission) -> None:
    admission.place.cluster.kubectl("delete", "--filename", str(EXAMPLES / "allowed.yaml"))

    def refused() -> bool:
        return "no params found" in tried(admission.open_place, peering("x", vpc=vpc(1), secret=None))

    wait_until(refused, "the lists are gone")
    admission.begin()
    wait_until(lambda: not tried(admission.place, peering("x", vpc=vpc(1))), "the lists are back")
