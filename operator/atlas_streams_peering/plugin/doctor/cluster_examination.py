"""The part of a run about Kubernetes: the API server, the CRDs, the operators and the objects."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ... import __version__
from ...controller.default_credentials import DefaultCredentials
from ...kinds.streams_vpc_peering_policy.resource import STREAMS_VPC_PEERING_POLICY
from ...kube.api import KubernetesApi, KubernetesError
from ...settings import Settings
from ..invocation import Invocation
from ..objects import Objects, read_objects
from .checks import api_server, clocks, definitions, leader, network, objects, operator, permissions
from .findings import Finding
from .gather import cluster
from .installation import Installation
from .scope import Scope
from .targets import Targets

_SETTLED: Final = 5.0
"""Seconds within which the doctor observes a renewal: the time in the Lease is at most this old."""


@dataclass(slots=True)
class ClusterFacts:
    """Facts from the Kubernetes API."""

    api: KubernetesApi | None = None
    """None: the doctor cannot use the API."""
    version: str | None = None
    installations: Sequence[Installation] = ()
    settings: Mapping[str, Settings] = field(default_factory=dict)
    """By Deployment, without those that cannot be read."""
    objects: Objects = field(default_factory=Objects)
    readings: list[clocks.Reading] = field(default_factory=list)
    """Clocks, including those of the services."""

    @property
    def defaults(self) -> DefaultCredentials:
        """The default credentials of an operator."""
        found = (settings.default_credentials for settings in self.settings.values())
        return next((one for one in found if one.secret is not None), DefaultCredentials())


class ClusterExamination:
    """Examines what is in the cluster."""

    def __init__(self, invocation: Invocation, facts: ClusterFacts, findings: list[Finding]) -> None:
        self._invocation, self._facts, self._findings = invocation, facts, findings

    async def examine(self, operator_namespace: str | None) -> None:
        """Read and judge the cluster. `operator_namespace`: None: search all namespaces."""
        try:
            api = await self._invocation.kubernetes()
        except KubernetesError as error:
            self._findings += api_server.judge(api_server.ApiServer(problem=str(error)))
            return
        server = await cluster.read_api_server(api)
        self._findings += api_server.judge(server)
        if server.version is None:
            return
        self._facts.api, self._facts.version = api, server.version
        found, installations, every, ahead = await asyncio.gather(
            cluster.read_definitions(api),
            cluster.read_installations(api, operator_namespace),
            read_objects(self._invocation),
            cluster.clock_of_api_server(api),
        )
        self._facts.installations, self._facts.objects = installations.found, every
        if ahead is not None:
            self._facts.readings.append(clocks.Reading("the API server", ahead))
        self._findings += operator.judge(
            installations.found, __version__, where=installations.where, forbidden=installations.forbidden
        )
        self._facts.settings = dict(_readable(installations.found))
        policies = any(one.policies for one in self._facts.settings.values()) or not self._facts.settings
        unused = () if policies else (STREAMS_VPC_PEERING_POLICY.kind,)
        self._findings += definitions.judge(found, __version__, unused=unused)

    def judge_objects(self, scope: Scope, seen: Sequence[objects.Seen]) -> None:
        """Judge the objects of the scope, and whether an operator serves them."""
        if self._facts.api is None:
            return
        self._findings += objects.judge(
            seen,
            where=scope.words,
            missing=scope.missing(seen),
            forbidden=scope.unknown(self._facts.objects),
        )
        settings = self._facts.settings
        served = [(one, settings[one.key].watch_namespaces) for one in self._facts.installations if one.key in settings]
        self._findings += operator.judge_namespaces(served, sorted({one.obj.namespace for one in seen}))

    async def examine_operators(self, targets: Targets, patience: float) -> None:
        """Judge each operator: its way to the services, its Lease and its permissions."""
        await asyncio.gather(*(self._examine_operator(one, targets, patience) for one in self._facts.installations))

    async def _examine_operator(self, one: Installation, targets: Targets, patience: float) -> None:
        settings, api = self._facts.settings.get(one.key), self._facts.api
        if settings is None or api is None:
            return
        urls = {"Atlas": settings.atlas_base_url}
        if targets.networks:
            urls["Confluent Cloud"] = settings.confluent_base_url
        self._findings += network.judge_operator(one, urls)
        needed = {(secret.namespace, secret.name) for secret in targets.secrets}
        election, reviewed = await asyncio.gather(
            cluster.read_election(api, one, settings, patience), cluster.review(api, one, settings, needed)
        )
        self._findings += [leader.judge(election), permissions.judge(reviewed)]
        self._facts.readings += _clock_of_operator(one, election)


def _readable(installations: Sequence[Installation]) -> list[tuple[str, Settings]]:
    readable = []
    for one in installations:
        try:
            readable.append((one.key, one.settings()))
        except ValueError:
            continue  # another check reports it
    return readable


def _clock_of_operator(one: Installation, election: leader.Election) -> list[clocks.Reading]:
    """Return the operator's clock, if the doctor observed a renewal of its Lease."""
    renewed = str((election.spec or {}).get("renewTime") or "")
    if election.renewed_at is None or not renewed:
        return []
    seconds = (datetime.fromisoformat(renewed) - election.renewed_at).total_seconds()
    # The renewal may be some seconds old, so the operator's clock may only seem late.
    return [clocks.Reading(f"the operator {one.key}", 0.0 if -_SETTLED < seconds < 0 else seconds)]
