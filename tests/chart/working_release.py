"""A release at work: its operator as a process, in place of its pod, and what it does in the course of its life."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chart_release import Ended, Release

from atlas_simulator import SimulatorThread
from atlas_streams_peering.kinds.resources import KINDS
from chart import Container, Manifest, containers, render
from cluster.account_details import DetailsNamespace, account_details
from cluster.atlas import asked, request
from cluster.confluent import (
    ENVIRONMENT,
    KEY,
    KEY_SECRET,
    ConfluentNamespace,
    confluent_peering,
    quick_confluent,
)
from cluster.fault_proxy import FaultProxy
from cluster.namespace import PRIVATE_KEY, PROJECT, PUBLIC_KEY, Namespace, pcx, peering, vpc
from cluster.operator_process import OperatorProcess
from cluster.outbound import QUICK, OutboundNamespace, outbound
from cluster.policies import PolicyNamespace, policy
from cluster.waiting import wait_until

LONG = 60.0
NAMED, LATE, LENT = "atlas-api", "late", "lent"
"""The Secrets: one that an object names, one that comes later and is rotated, the operator's own."""


class WorkingRelease:
    """A release, the namespaces that it serves, and the one with the credentials that it lends."""

    def __init__(self, release: Release, atlas: SimulatorThread) -> None:
        self.release, self._atlas = release, atlas
        self.served = [self._namespace("orders"), self._namespace("payments")]
        self.unserved = self._vault = self._namespace("vault")
        self.values: dict[str, Any] = {}

    @property
    def container(self) -> Container:
        """The operator's, as the API server has stored it."""
        stored = self.release.get("deployment", self.release.object_name())
        assert stored is not None
        (operator,) = containers(stored)
        return operator

    @property
    def rendered(self) -> list[Manifest]:
        """What the chart renders, with the hooks, which no release lists."""
        return render(self.values, release=self.release.name, namespace=self.release.namespace)

    def install(self, *, namespaced: bool, secrets: list[str]) -> None:
        watched = [namespace.name for namespace in self.served] if namespaced else []
        self.values = {
            "crds": {"enabled": False},
            "config": {
                "atlasBaseUrl": self._atlas.base_url,
                "confluentBaseUrl": self._atlas.base_url,
                "pollIntervalPending": 1,
                "pollIntervalSteady": 1,
                "watchNamespaces": watched,
                "defaultCredentialsSecret": f"{self._vault.name}/{LENT}",
                "defaultCredentialsNamespaces": [self.served[0].name],
            },
            "rbac": {"secretNames": secrets},
        }
        self.release.install(self.values)

    @contextmanager
    def operator(self, directory: Path) -> Iterator[FaultProxy]:
        """Run what the Deployment says, as its ServiceAccount; yield its way to the API server."""
        container = self.container
        account = self.release.account(container.account)
        # A pod has all ports to itself; this machine has other programs, too.
        variables = {name: value for name, value in container.variables.items() if not name.endswith("_PORT")}
        with (
            FaultProxy(self.release.cluster, account, directory) as proxy,
            OperatorProcess(proxy.kubeconfig, directory / "operator.log", atlas=self._atlas.base_url, **variables),
        ):
            yield proxy

    def accept_what_somebody_else_changes_meanwhile(self, proxy: FaultProxy) -> None:
        """The operator's view of the objects is old when it puts the finalizer on: the patch meets a conflict."""
        quick_confluent(self._atlas)
        self._atlas.configure({"network_peering": {"delays": QUICK}})
        self._atlas.set_role(PUBLIC_KEY, PROJECT, "project-owner")
        for number, namespace in enumerate(self.served, 1):
            network = f"n-{number}"
            self._atlas.confluent.add_network(environment=ENVIRONMENT, network=network, vpc=vpc(100 + number))
            self._atlas.confluent.set_network_phase(network, "PROVISIONING")
            # Other keys than those of its service do not matter.
            keys = {"publicApiKey": PUBLIC_KEY, "privateApiKey": PRIVATE_KEY, "apiKey": KEY, "apiSecret": KEY_SECRET}
            namespace.secret(NAMED, **keys)
            namespace.apply(peering("orders", secret=NAMED, vpc=vpc(number)))
            namespace.apply(account_details("network", secret=NAMED))
            secret = {"name": NAMED}
            namespace.apply(confluent_peering("kafka", networkId=network, credentialsSecretRef=secret))
            namespace.apply(outbound("outward", number + 60, secret=NAMED))
            vpcs = [vpc(number + 30)]
            namespace.apply(policy("taking", secret=NAMED, vpcs=vpcs, deletionPolicy="Delete", action="Reject"))
        self._wait("orders", "WaitingForRequest")
        self._wait_for_details("Available")
        self._wait_for_confluent("NetworkNotReady")
        self._wait_for_outbound("ContainerNotFound")
        for policies in self._policies:
            policies.wait_for_reason("taking", "Watching", seconds=LONG)
        watches = len(KINDS) * (len(self.values["config"]["watchNamespaces"]) or 1)
        wait_until(lambda: proxy.watching == watches, "the watches are open", seconds=LONG)
        with proxy.silent_watches():
            for number, namespace in enumerate(self.served, 1):
                namespace.kubectl("label", "svp", "orders", "team=payments")
                namespace.kubectl("label", "sacct", "network", "team=payments")
                namespace.kubectl("label", "cfp", "kafka", "team=payments")
                namespace.kubectl("label", "sop", "outward", "team=payments")
                namespace.kubectl("label", "svpp", "taking", "team=payments")
                request(self._atlas, number)
                request(self._atlas, number + 30)
                self._atlas.confluent.set_network_phase(f"n-{number}", None)
            self._wait_for_confluent("PendingAcceptance")
            self._atlas.network_peering.add_container(PROJECT, "US_EAST_1")
            self._wait_for_outbound("PendingAcceptance")
            self._atlas.networks.remove(PROJECT, "aws", "US_EAST_1")
            self._wait("orders", "Active")
            self._wait_for_details("RegionNotAvailable")
            for policies in self._policies:
                wait_until(lambda there=policies: there.taken("taking"), "the request is taken", seconds=LONG)
            self._atlas.networks.put(PROJECT, "aws", "US_EAST_1")
        proxy.break_watches()
        for namespace in self.served:
            namespace.wait_for_event("orders", "Active")

    def wait_for_what_is_missing(self) -> None:
        """A ConfluentPeering that is not there, and a Secret that comes later and is then rotated."""
        reference = {"confluentPeeringRef": {"name": "absent"}}
        for number, namespace in enumerate(self.served, 11):
            namespace.apply(peering("referring", requester=reference), peering("late", secret=LATE, vpc=vpc(number)))
        self._wait("referring", "ReferenceNotReady")
        self._wait("late", "CredentialsMissing")
        for key in ("first", "second"):
            self._atlas.add_api_key(key, key, roles={PROJECT: "owner"})
            for namespace in self.served:
                namespace.secret(LATE, publicApiKey=key, privateApiKey=key)
            self._wait("late", "WaitingForRequest")
            self._atlas.wait_for_call("list", principal=key)

    def publish(self) -> None:
        """A ConfigMap with details is made, set right when somebody changes it, and removed."""
        for namespace in self._details:
            namespace.patch("network", configMapRef={"name": "network"})
        for namespace in self._details:
            wait_until(lambda there=namespace: there.data("network"), "the ConfigMap is there", seconds=LONG)
            made = namespace.data("network")
            namespace.change_data("network", vpcId="vpc-of-somebody")
            namespace.wait_for_data("network", made)
            namespace.patch("network", configMapRef=None)
            namespace.wait_for_data("network", None)

    def take(self) -> None:
        """What a policy has created for a request does its work, and goes with the policy."""
        for number, policies in enumerate(self._policies, 31):
            wait_until(lambda there=policies: there.taken("taking"), "the request is taken", seconds=LONG)
            (name,) = policies.taken("taking")
            assert name == pcx(number)
            wait_until(lambda of=name: asked(self._atlas, of) == ["reject"], "it is rejected", seconds=LONG)
            policies.delete("taking", wait=True)
            wait_until(lambda there=policies: not there.taken("taking"), "what it has made goes", seconds=LONG)

    def borrow(self) -> None:
        """An object without credentials of its own uses those that the operator lends."""
        self._atlas.add_api_key("lent", "lent", roles={PROJECT: "owner"})
        self._vault.secret(LENT, publicApiKey="lent", privateApiKey="lent")
        self.served[0].apply(peering("borrower", secret=None, vpc=vpc(21)))
        self.served[0].wait_for_reason("borrower", "WaitingForRequest", seconds=LONG)
        self._atlas.wait_for_call("list", principal="lent")

    def delete_all(self) -> None:
        """Delete the objects, and with them what they hold."""
        for namespace in self.served:
            namespace.kubectl("delete", "svpp,svp,sacct,cfp,sop", "--all", "--timeout=60s", timeout=90)
            namespace.wait_for_event("orders", "Deleted")
        assert sorted(asked(self._atlas, *(each.name for each in self._atlas.connections()))) == [
            *["accept"] * len(self.served),
            *["delete"] * len(self.served),
            *["reject"] * len(self.served),
        ]

    def check(self) -> Ended:
        """`helm test`, whose Pod has no node to run on: it is run here."""
        with self.release.helm_running("test") as helm:
            ended = self.release.run_pod(self.release.object_name("test"), "--patience=30")
            assert helm.wait(timeout=LONG) == ended.code
        return ended

    def uninstall(self) -> Ended:
        """`helm uninstall`, whose hook refuses; its Pod is run here."""
        with self.release.helm_running("uninstall") as helm:
            ended = self.release.run_job(self.release.object_name("uninstall-check"))
            assert (helm.wait(timeout=LONG) == 0) is (ended.code == 0)
        return ended

    def remove_all(self) -> None:
        """Remove what a failed test may have left, without asking anybody."""
        for namespace in (*self.served, self.unserved):
            bare = json.dumps({"metadata": {"finalizers": None}})
            for kind in ("svp", "cfp", "sop"):
                for name in namespace.objects(kind):
                    namespace.kubectl("patch", kind, name, "--type=merge", f"-p={bare}", check=False)
            namespace.kubectl("delete", "svpp,svp,sacct,cfp,sop", "--all")
        for namespace in (*self.served, self._vault):
            namespace.kubectl("delete", "namespace", namespace.name, "--wait=false")
        self.release.remove_all()

    def _wait(self, name: str, reason: str) -> None:
        for namespace in self.served:
            namespace.wait_for_reason(name, reason, seconds=LONG)

    def _wait_for_details(self, reason: str) -> None:
        for namespace in self._details:
            namespace.wait_for_reason("network", reason, seconds=LONG)

    def _wait_for_confluent(self, reason: str) -> None:
        for namespace in self.served:
            there = ConfluentNamespace(self.release.cluster, namespace.name)
            there.wait_for_reason("kafka", reason, seconds=LONG)

    def _wait_for_outbound(self, reason: str) -> None:
        for namespace in self.served:
            there = OutboundNamespace(namespace.cluster, namespace.name)
            there.wait_for_reason("outward", reason, seconds=LONG)

    @property
    def _details(self) -> list[DetailsNamespace]:
        return [DetailsNamespace(self.release.cluster, namespace.name) for namespace in self.served]

    @property
    def _policies(self) -> list[PolicyNamespace]:
        return [PolicyNamespace(self.release.cluster, namespace.name) for namespace in self.served]

    def _namespace(self, suffix: str) -> Namespace:
        name = f"{self.release.name}-{suffix}"
        self.release.cluster.kubectl("create", "namespace", name)
        return Namespace(self.release.cluster, name)
