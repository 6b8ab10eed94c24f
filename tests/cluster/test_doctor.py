"""`kubectl atlas-peering doctor` as a process: it finds what is wrong, it only reads, and it shows no secret."""

import base64
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from atlas_simulator import SimulatorThread
from cluster.atlas import request
from cluster.confluent import ConfluentNamespace, confluent_peering, quick_confluent
from cluster.conftest import OPERATOR_NAMESPACE, ROOT, StartOperator
from cluster.fault_proxy import FaultProxy
from cluster.namespace import PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, peering, vpc
from cluster.operator_process import OperatorProcess
from docs.documents import manifests_in, read
from fast_yaml import read_yaml, read_yaml_all
from local_cluster import Cluster

DOCTOR: Final = Path(sys.executable).with_name("kubectl-atlas_peering")
USER: Final = "doctor"
READER_KEY, BLOCKED_KEY, ECHO_KEY = "private-key-of-reader", "private-key-of-blocked", "private-key-of-echo"
WRONG_KEY: Final = "wrong-private-key-61f9c2"
QUOTED_KEY: Final = '"quoted-private-key-77"'
CLOUD_SECRET: Final = "wrong-secret-of-the-cloud-key"
PROXY_PASSWORD: Final = "password-of-the-proxy-19a"
ACCOUNT_SECRET: Final = "mdb_sa_sk_of_service_5501"
HIDDEN: Final = (
    *(PRIVATE_KEY, READER_KEY, BLOCKED_KEY, ECHO_KEY, WRONG_KEY, QUOTED_KEY.strip('"')),
    *(CLOUD_SECRET, PROXY_PASSWORD, ACCOUNT_SECRET),
)
OLDER: Final = "confluentpeerings.atlasstreams.io"
AT_ONCE: Final = ("--patience", "0")
"""Where the report fails anyway, it need not wait for the leader."""
(READ_ONLY,) = (one["rules"] for one in manifests_in(read("docs/doctor.md")) if one["kind"] == "ClusterRole")
"""What the documentation says that the doctor needs."""


class Doctor:
    """Runs the doctor as a user who may only read, and keeps all that it prints."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self.kubeconfig, self.namespace = kubeconfig, namespace
        self.printed: list[str] = []

    def run(self, *arguments: str, code: int, kubeconfig: Path | None = None, **variables: str) -> str:
        known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        answer = subprocess.run(
            [str(DOCTOR), "doctor", "--namespace", self.namespace, *arguments],
            env={**known, "KUBECONFIG": str(kubeconfig or self.kubeconfig), **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.printed += [answer.stdout, answer.stderr]
        assert answer.returncode == code, answer.stdout + answer.stderr
        return answer.stdout

    def report(self, *arguments: str, code: int = 1, **options: Any) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.run(*arguments, "-o", "json", code=code, **options))
        return report


def said(report: dict[str, Any], check: str, *, about: str = "") -> list[tuple[str, str]]:
    """Return what a check says of a subject."""
    found = [one for one in report["findings"] if one["check"] == check and about in one["subject"]]
    return [(one["outcome"], one["sentence"]) for one in found]


def outcomes(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["check"], one["outcome"]) for one in report["findings"]}


pytestmark = pytest.mark.usefixtures("emptied")


@pytest.fixture(scope="module")
def operator(
    cluster: Cluster, namespace: Namespace, simulator: SimulatorThread, start_operator: StartOperator, vacant: None
) -> Iterator[OperatorProcess]:
    """An operator that leads, with a Deployment that says what it is."""
    variables = {
        "ATLAS_BASE_URL": simulator.base_url,
        "CONFLUENT_BASE_URL": simulator.base_url,
        "WATCH_NAMESPACES": namespace.name,
        "LEADER_ELECT": "true",
        "HTTPS_PROXY": f"http://user:{PROXY_PASSWORD}@proxy.example:3128",
    }
    manifests = read_yaml_all((ROOT / "deploy" / "operator.yaml").read_text())
    deployment = next(one for one in manifests if one["kind"] == "Deployment")
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": name, "value": value} for name, value in variables.items()]
    cluster.kubectl("apply", "-f", "-", input=json.dumps(deployment))
    name = deployment["metadata"]["name"]
    status = {"status": {"observedGeneration": 1, "replicas": 2, "readyReplicas": 2}}
    within = ("--namespace", OPERATOR_NAMESPACE)
    cluster.kubectl(
        *within, "patch", "deployment", name, "--subresource=status", "--type=merge", "-p", json.dumps(status)
    )
    del variables["HTTPS_PROXY"]  # the stand-in is on this machine
    yield start_operator(namespace, POD_NAMESPACE=OPERATOR_NAMESPACE, **variables)
    cluster.kubectl(*within, "delete", "deployment", name)


@pytest.fixture(scope="module")
def doctor(
    cluster: Cluster,
    namespace: Namespace,
    simulator: SimulatorThread,
    operator: OperatorProcess,
    tmp_path_factory: pytest.TempPathFactory,
) -> Doctor:
    """A user who may only read, and objects of which each but one has something wrong."""
    simulator.add_api_key("of-reader", READER_KEY, roles={PROJECT: "read"})
    simulator.add_api_key("of-blocked", BLOCKED_KEY, roles={PROJECT: "owner"}, blocked_address="203.0.113.7")
    simulator.add_api_key("of-echo", ECHO_KEY, roles={PROJECT: "owner"})
    simulator.add_service_account("mdb_sa_id_1", ACCOUNT_SECRET, roles={PROJECT: "owner"})
    quick_confluent(simulator)
    echo = {"errorCode": "ACCESS_FORBIDDEN", "detail": f"Not with {ECHO_KEY}, {basic(ECHO_KEY)}.", "error": 403}
    for operation in ("list", "list-containers"):
        simulator.fault("answer", operation, principal="of-echo", times=None, status=403, body=echo)
    namespace.secret("wrong", publicApiKey=PUBLIC_KEY, privateApiKey=WRONG_KEY)
    namespace.secret("quoted", publicApiKey=PUBLIC_KEY, privateApiKey=QUOTED_KEY)
    namespace.secret("reader", publicApiKey="of-reader", privateApiKey=READER_KEY)
    namespace.secret("blocked", publicApiKey="of-blocked", privateApiKey=BLOCKED_KEY)
    namespace.secret("echo", publicApiKey="of-echo", privateApiKey=ECHO_KEY)
    namespace.secret("account", clientId="mdb_sa_id_1", clientSecret=ACCOUNT_SECRET)
    namespace.secret("cloud", apiKey="ABCDEFGH12345678", apiSecret=CLOUD_SECRET)
    for number in (1, 2, 3):
        request(simulator, number)
    request(simulator, 9, state="active")
    namespace.apply(
        peering("orders", vpc=vpc(1)),
        peering("reader", vpc=vpc(2), secret="reader"),
        peering("account", vpc=vpc(3), secret="account"),
        *(peering(name, vpc=vpc(4), secret=name) for name in ("wrong", "quoted", "blocked", "echo", "absent")),
        peering("lost", vpc=vpc(5), project="f" * 24),
        confluent_peering("cloud", credentialsSecretRef={"name": "cloud"}),
    )
    reasons = {"orders": "Active", "account": "Active", "reader": "Unauthorized", "wrong": "CredentialsInvalid"}
    reasons |= {"quoted": "CredentialsInvalid", "blocked": "AccessListBlocked", "echo": "Unauthorized"}
    namespace.wait_for_reasons({**reasons, "absent": "CredentialsMissing", "lost": "ProjectNotFound"})
    ConfluentNamespace(cluster, namespace.name).wait_for_reasons({"cloud": "CredentialsInvalid"})
    simulator.clear_calls()
    return Doctor(user(cluster, tmp_path_factory.mktemp("doctor")), namespace.name)


def user(cluster: Cluster, directory: Path) -> Path:
    """Return the kubeconfig of a user who may only read."""
    for manifest in (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": USER, "namespace": "default"}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": USER},
            "rules": READ_ONLY,
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": USER},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": USER},
            "subjects": [{"kind": "ServiceAccount", "name": USER, "namespace": "default"}],
        },
    ):
        cluster.kubectl("apply", "-f", "-", input=json.dumps(manifest))
    return cluster.service_account_kubeconfig("default", USER, directory / "kubeconfig")


def basic(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


@pytest.fixture(scope="module")
def whole(doctor: Doctor) -> dict[str, Any]:
    """The report on all objects of the namespace."""
    return doctor.report()


def test_an_installation_in_order_has_nothing_to_act_on(doctor: Doctor) -> None:
    text = doctor.run("orders", code=0)

    assert "  ok    Leader: " in text
    assert "  ok    RBAC: system:serviceaccount:atlas-streams-peering:atlas-streams-peering has all " in text
    assert "  ok    Proxy and CA: The operator reaches Atlas" in text
    assert "  ok    Objects: 1 object is Ready: StreamsVpcPeering doctor/orders.\n" in text
    assert "FAIL" not in text
    assert "\x1b" not in text


def test_the_report_says_what_it_is_about(whole: dict[str, Any]) -> None:
    (operator,) = whole["operators"]
    assert (operator["namespace"], operator["name"]) == (OPERATOR_NAMESPACE, "atlas-streams-peering")
    assert whole["kubernetesVersion"].startswith("v1.")
    assert whole["counts"]["failed"] == Counter(one["outcome"] for one in whole["findings"])["failed"] > 0
    assert whole["outcome"] == "failed"


def test_a_wrong_key_is_told(whole: dict[str, Any]) -> None:
    assert said(whole, "credentials", about="doctor/wrong") == [
        (
            "failed",
            (
                "Atlas does not accept the credentials of Secret doctor/wrong: "
                "You are not authorized for this resource (HTTP 401)."
            ),
        )
    ]


def test_a_value_in_quotes_is_told(whole: dict[str, Any]) -> None:
    assert said(whole, "secret", about="doctor/quoted") == [
        ("failed", "A value of Secret doctor/quoted looks wrong: the value of privateApiKey is in quotes.")
    ]


def test_a_missing_secret_is_told(whole: dict[str, Any]) -> None:
    assert said(whole, "secret", about="doctor/absent") == [
        ("failed", "Secret doctor/absent does not exist; StreamsVpcPeering doctor/absent needs it.")
    ]


def test_a_role_that_is_not_enough_is_told(whole: dict[str, Any]) -> None:
    assert said(whole, "project", about="doctor/reader") == [
        ("ok", f"Secret doctor/reader can read project {PROJECT}.")
    ]
    assert said(whole, "role", about="doctor/reader") == [
        (
            "failed",
            (
                f"Secret doctor/reader may not accept, reject and delete inbound connections in project {PROJECT}: "
                "its roles there are GROUP_READ_ONLY."
            ),
        )
    ]


def test_the_role_of_a_service_account_is_told_by_what_the_operator_has_done(whole: dict[str, Any]) -> None:
    ((outcome, sentence),) = said(whole, "role", about="doctor/account")
    assert outcome == "ok"
    assert "StreamsVpcPeering doctor/account is Active after Accept at " in sentence


def test_an_access_list_that_blocks_is_told(whole: dict[str, Any]) -> None:
    here, operators = said(whole, "access-list", about="doctor/blocked")
    assert here == (
        "failed",
        (
            "The API access list of Secret doctor/blocked does not allow this machine: "
            "IP address 203.0.113.7 is not allowed to access this resource (HTTP 403 IP_ADDRESS_NOT_ON_ACCESS_LIST)."
        ),
    )
    assert operators[1].startswith("The API access list of Secret doctor/blocked does not allow the operator, as ")


def test_a_project_that_does_not_exist_is_told(whole: dict[str, Any]) -> None:
    ((outcome, sentence),) = said(whole, "project", about="f" * 24)
    assert outcome == "failed"
    assert sentence.startswith(f"Atlas knows no project {'f' * 24}: ")


def test_a_wrong_key_of_confluent_cloud_is_told(whole: dict[str, Any]) -> None:
    ((outcome, sentence),) = said(whole, "confluent-network")
    assert outcome == "failed"
    assert sentence.startswith("Confluent Cloud does not accept the API key of Secret doctor/cloud: ")


def test_a_connection_that_nobody_manages_is_told(whole: dict[str, Any]) -> None:
    ((outcome, sentence),) = said(whole, "unmanaged")
    assert outcome == "warning"
    assert sentence.endswith("bills by the hour: pcx-00000000000000009.")


def test_stalled_and_waiting_objects_are_told(whole: dict[str, Any]) -> None:
    found = {one["subject"]: one["outcome"] for one in whole["findings"] if one["check"] == "objects"}
    assert found["StreamsVpcPeering doctor/reader"] == "failed"
    assert found["StreamsVpcPeering doctor/absent"] == "warning"


@pytest.fixture(scope="module")
def broken(
    doctor: Doctor, cluster: Cluster, simulator: SimulatorThread, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The report where a definition is missing, another one is older, and the base URL is wrong."""
    display = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/displayName"
    cluster.kubectl("patch", "crd", OLDER, "--type=json", "-p", json.dumps([{"op": "remove", "path": display}]))
    try:
        with (
            FaultProxy(cluster, doctor.kubeconfig, tmp_path_factory.mktemp("proxy")) as proxy,
            proxy.fault(404, "GET", "customresourcedefinitions/streamsaccountdetails"),
        ):
            elsewhere = f"{simulator.base_url}/elsewhere"
            return doctor.report("orders", *AT_ONCE, kubeconfig=proxy.kubeconfig, ATLAS_BASE_URL=elsewhere)
    finally:
        cluster.kubectl("apply", "-f", str(ROOT / "crds" / f"{OLDER}.yaml"))


def test_a_wrong_base_url_is_told(broken: dict[str, Any], simulator: SimulatorThread) -> None:
    assert said(broken, "atlas-reachable") == [
        (
            "failed",
            (
                f"The server at {simulator.base_url}/elsewhere does not behave like Atlas: without credentials it "
                "answers with HTTP 404, not with the challenge of Atlas."
            ),
        )
    ]
    assert ("credentials", "skipped") in outcomes(broken)


def test_definitions_that_are_missing_or_older_are_told(broken: dict[str, Any]) -> None:
    missing, older = (sentence for _, sentence in said(broken, "crds"))
    assert missing == "These CustomResourceDefinitions are missing: streamsaccountdetails.atlasstreams.io."
    assert older.startswith(f"The CustomResourceDefinition {OLDER} is older than version ")
    assert older.endswith(": it lacks spec.displayName.")


@pytest.mark.may_be_denied("a person uses its account")
def test_what_a_user_may_not_read_is_unknown_and_no_failure(
    doctor: Doctor, kubeconfig: Path, simulator: SimulatorThread
) -> None:
    # The operator's own account may list neither Deployments nor definitions; it may read its objects and Secrets.
    arguments = ("orders", "--operator-namespace", "default", "-o", "yaml")
    report: dict[str, Any] = read_yaml(
        doctor.run(*arguments, code=0, kubeconfig=kubeconfig, ATLAS_BASE_URL=simulator.base_url)
    )
    unknown = {check for check, outcome in outcomes(report) if outcome == "unknown"}
    assert unknown >= {"crds", "operator"}
    assert said(report, "objects") == [("ok", "1 object is Ready: StreamsVpcPeering doctor/orders.")]


def test_a_lease_that_nobody_renews_is_told(
    doctor: Doctor, operator: OperatorProcess, simulator: SimulatorThread
) -> None:
    operator.kill()
    simulator.clear_calls()

    text = doctor.run("--patience", "3", "-o", "wide", code=1)

    assert "  FAIL  Leader: No replica leads: no replica renews the Lease " in text


def test_the_doctor_only_reads(doctor: Doctor, cluster: Cluster, simulator: SimulatorThread) -> None:
    name = f"system:serviceaccount:default:{USER}"
    asked = [event for event in cluster.audit_events() if event["user"].get("username") == name]
    writes = {
        (event["verb"], event["objectRef"]["resource"]) for event in asked if event["verb"] not in ("get", "list")
    }
    assert writes == {("create", "subjectaccessreviews"), ("create", "selfsubjectaccessreviews")}
    assert [event["requestURI"] for event in asked if event["responseStatus"]["code"] == 403] == []
    # The operator is dead: what has come since is the doctor's.
    calls = simulator.calls(include_challenges=True)
    assert {call.operation for call in calls} > {"list", "list-active", "list-containers", "system-status", "token"}
    # A service account can read nothing without a token.
    assert {call.operation for call in calls if call.method != "GET"} == {"token"}


def test_nothing_that_the_doctor_prints_shows_a_secret(doctor: Doctor) -> None:
    printed = "\n".join(doctor.printed)
    assert "[hidden]" in printed
    assert [secret for secret in HIDDEN if secret in printed or basic(secret) in printed] == []
