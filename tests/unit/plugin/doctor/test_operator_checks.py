"""What is read from the operator's Deployment, and what the checks of the operator say of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from atlas_streams_peering.check import Permission
from atlas_streams_peering.plugin.doctor.checks import leader, network, operator, permissions
from atlas_streams_peering.plugin.doctor.checks.leader import Election
from atlas_streams_peering.plugin.doctor.checks.permissions import Reviewed
from atlas_streams_peering.plugin.doctor.installation import Installation, Pod
from unit.plugin.doctor.reported import outcomes, reported

KEY = "here/operator"


def deployment(
    env: list[dict[str, Any]] | None = None, *, args: list[str] | None = None, ready: int = 1, **spec: Any
) -> dict[str, Any]:
    container = {"name": "operator", "image": "a:1", "env": env or [], "args": ["run", *(args or [])]}
    template = {"spec": {"serviceAccountName": "op", "containers": [{"name": "sidecar"}, container]}}
    return {
        "metadata": {
            "namespace": "here",
            "name": "operator",
            "generation": 2,
            "labels": {"app.kubernetes.io/version": "0.1.0"},
        },
        "spec": {"replicas": 1, "template": template, **spec},
        "status": {"observedGeneration": 2, "readyReplicas": ready},
    }


def installed(*pods: Pod, **changes: Any) -> Installation:
    return Installation.read(deployment(**changes), pods)


def variable(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value}


def test_a_deployment_is_read_as_the_operator_reads_its_variables_and_flags() -> None:
    secret = {"name": "ATLAS_BASE_URL", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    namespace = {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    one = installed(
        env=[variable("LEASE_NAME", "variable"), variable("WATCH_NAMESPACES", "a,b"), secret, namespace],
        args=["--lease-name=flag", "--log-level", "debug", "--leader-elect"],
    )
    settings = one.settings()
    assert (one.user, one.unread) == ("system:serviceaccount:here:op", ("ATLAS_BASE_URL",))
    assert one.variables["POD_NAMESPACE"] == "here"
    assert settings.watch_namespaces == ("a", "b")
    assert (settings.lease_name, settings.log_level, settings.leader_elect) == ("flag", "debug", True)


def test_the_settings_are_not_those_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCH_NAMESPACES", "mine")
    monkeypatch.setenv("LEASE_NAME", "mine")
    assert installed().settings().watch_namespaces == ()
    assert installed().settings().lease_name == "atlas-streams-peering"


def test_an_operator_in_order() -> None:
    assert reported(operator.judge([installed()], "0.1.0")) == [
        ("ok", "The operator runs as Deployment here/operator: 1 of 1 replicas are ready."),
        ("ok", "The operator is version 0.1.0, like this plugin."),
        ("ok", "The operator can start with its settings."),
    ]


def test_an_operator_that_is_not_there() -> None:
    assert reported(operator.judge([], "0.1.0", where="in any namespace")) == [
        ("failed", "No Deployment of the operator exists in any namespace.")
    ]


def test_deployments_that_may_not_be_read() -> None:
    assert reported(operator.judge([], "0.1.0", forbidden="no (HTTP 403)")) == [
        ("unknown", "The doctor cannot read the operator's Deployment: no (HTTP 403).")
    ]


def test_another_version_is_a_warning() -> None:
    assert ("warning", "The operator is version 0.1.0, and this plugin is version 0.2.0.") in reported(
        operator.judge([installed()], "0.2.0")
    )


@pytest.mark.parametrize(
    ("changes", "pods", "expected"),
    [
        ({"replicas": 0}, (), ("failed", "The operator is switched off: Deployment here/operator has 0 replicas.")),
        ({"ready": 0}, (), ("failed", "No replica of Deployment here/operator is ready.")),
        (
            {"ready": 0},
            (Pod("a", ready=False, problem="ImagePullBackOff"),),
            ("failed", "No replica of Deployment here/operator is ready (pod a: ImagePullBackOff)."),
        ),
        (
            {"replicas": 2},
            (Pod("a", ready=True), Pod("b", ready=False, problem="OOMKilled, exit code 137")),
            (
                "warning",
                "Only 1 of 2 replicas of Deployment here/operator are ready (pod b: OOMKilled, exit code 137).",
            ),
        ),
    ],
)
def test_replicas_that_are_not_ready_say_why(
    changes: dict[str, Any], pods: tuple[Pod, ...], expected: tuple[str, str]
) -> None:
    assert reported(operator.judge([installed(*pods, **changes)], "0.1.0"))[0] == expected


def test_a_status_of_another_generation_does_not_count() -> None:
    body = deployment()
    body["metadata"]["generation"] = 3
    assert Installation.read(body).ready == 0


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        ({"state": {"waiting": {"reason": "ImagePullBackOff"}}}, "ImagePullBackOff"),
        (
            {
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 2, "reason": "Error"}},
            },
            "CrashLoopBackOff, exit code 2",
        ),
        ({"state": {"running": {}}, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}, ""),
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, ""),
    ],
    ids=["image", "crash", "running-again", "starting"],
)
def test_a_pod_says_why_it_does_not_run(status: dict[str, Any], problem: str) -> None:
    running = "running" in status["state"]
    container = {"ready": running, "restartCount": 1, **status}
    conditions = [{"type": "Ready", "status": str(running)}]
    body = {"metadata": {"name": "a"}, "status": {"conditions": conditions, "containerStatuses": [container]}}
    assert Pod.read(body) == Pod("a", running, problem, 1)


def test_a_pod_that_no_node_takes_says_why() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    body = {"metadata": {"name": "a"}, "status": {"conditions": [condition]}}
    assert Pod.read(body).problem == "0/3 nodes are available"


def test_a_wrong_setting_is_named_without_its_value() -> None:
    one = installed(env=[variable("ATLAS_BASE_URL", "https://user:password@atlas.example")])
    assert (
        "failed",
        "The operator cannot start with its settings: ATLAS_BASE_URL must not hold credentials.",
    ) in reported(operator.judge([one], "0.1.0"))


def test_settings_from_elsewhere_are_named() -> None:
    one = installed(env=[{"name": "LOG_LEVEL", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}])
    assert reported(operator.judge([one], "0.1.0"))[2] == (
        "ok",
        "The operator can start with its settings; not checked, because values come from elsewhere: LOG_LEVEL.",
    )


def test_a_namespace_that_no_operator_serves() -> None:
    served = [(installed(), ("a",)), (installed(), ("b",))]
    assert reported(operator.judge_namespaces(served, ["a", "c"])) == [
        ("failed", "No operator serves namespace c, which has objects of the operator.")
    ]


@pytest.mark.parametrize(
    ("watched", "words"),
    [((), "all namespaces"), (("b", "a"), "the namespaces a, b")],
)
def test_the_namespaces_that_are_served(watched: tuple[str, ...], words: str) -> None:
    assert reported(operator.judge_namespaces([(installed(), watched)], [])) == [
        ("ok", f"The operator serves {words}.")
    ]


def test_two_operators_with_different_leases_for_one_namespace() -> None:
    other = installed(env=[variable("LEASE_NAME", "other")])
    ((outcome, sentence),) = reported(operator.judge_namespaces([(installed(), ("a", "b")), (other, ("b",))], ["b"]))
    assert outcome == "warning"
    assert sentence.startswith("Several operators serve b: ")


def test_two_operators_that_share_a_lease_are_one() -> None:
    assert outcomes(operator.judge_namespaces([(installed(), ()), (installed(), ())], [])) == [("namespaces", "ok")]


def election(**changes: Any) -> Election:
    known: dict[str, Any] = {"elects": True, "replicas": 2, "renewed_at": datetime(2026, 1, 1, tzinfo=UTC)}
    known["spec"] = {"holderIdentity": "pod-1_uuid", "renewTime": "2026-01-01T00:00:00.000000Z"}
    return Election(KEY, "here", "lease", **{**known, **changes})


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (election(), ("ok", "pod-1_uuid leads: it renews the Lease here/lease.")),
        (election(pods=("pod-1", "pod-2")), ("ok", "pod-1_uuid leads: it renews the Lease here/lease.")),
        (
            election(pods=("pod-3",)),
            ("warning", "pod-1_uuid renews the Lease here/lease, but is not a pod of Deployment here/operator."),
        ),
        (
            election(renewed_at=None),
            (
                "failed",
                "No replica leads: no replica renews the Lease here/lease (last renewal: 2026-01-01T00:00:00.000000Z).",
            ),
        ),
        (
            election(renewed_at=None, spec=None),
            ("failed", "No replica leads: no replica renews the Lease here/lease (the Lease does not exist)."),
        ),
        (election(forbidden="no"), ("unknown", "The doctor cannot read the Lease here/lease: no.")),
        (
            election(elects=False),
            ("failed", "Deployment here/operator has 2 replicas, and leader election is off: each of them acts."),
        ),
        (
            election(elects=False, replicas=1),
            (
                "skipped",
                "Leader election of Deployment here/operator is off (LEADER_ELECT is not set): its one replica acts.",
            ),
        ),
    ],
)
def test_who_leads(seen: Election, expected: tuple[str, str]) -> None:
    assert reported(leader.judge(seen)) == [expected]


def test_permissions() -> None:
    lacking = (Permission("get", "", "secrets", namespace="a", name="s"), Permission("list", "g", "things"))
    assert reported(permissions.judge(Reviewed(KEY, "sa", 3))) == [("ok", "sa has all 3 required permissions.")]
    assert reported(permissions.judge(Reviewed(KEY, "sa", 3, lacking))) == [
        ("failed", "sa lacks these permissions: get secrets s in namespace a, list things everywhere.")
    ]
    assert reported(permissions.judge(Reviewed(KEY, "sa", problem="no."))) == [
        ("unknown", "The doctor cannot check what sa may do: no.")
    ]


ATLAS = {"Atlas": "https://cloud.mongodb.com"}


@pytest.mark.parametrize(
    ("env", "way"),
    [
        ([], "without a proxy"),
        (
            [variable("HTTPS_PROXY", "http://user:hidden-password@proxy.example:3128")],
            "through the proxy proxy.example:3128 (HTTPS_PROXY)",
        ),
        (
            [variable("HTTPS_PROXY", "http://proxy.example:3128"), variable("NO_PROXY", ".mongodb.com")],
            "without a proxy",
        ),
        (
            [variable("SSL_CERT_FILE", "/etc/ca.pem")],
            "without a proxy, and trusts the authorities of SSL_CERT_FILE",
        ),
    ],
)
def test_the_operators_way_to_atlas(env: list[dict[str, Any]], way: str) -> None:
    (finding,) = network.judge_operator(installed(env=env), ATLAS)
    assert reported(finding) == [("ok", f"The operator reaches Atlas at https://cloud.mongodb.com, {way}.")]
    assert "hidden-password" not in finding.model_dump_json()


def test_a_proxy_that_stops_the_operator_is_named_without_its_value() -> None:
    one = installed(env=[variable("HTTPS_PROXY", "socks5://user:password@proxy.example")])
    assert reported(network.judge_operator(one, ATLAS)) == [
        (
            "failed",
            (
                "The operator cannot start: HTTPS_PROXY must name an http or https proxy: "
                "the operator cannot use a SOCKS proxy."
            ),
        )
    ]
