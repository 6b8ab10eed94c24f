"""The part of a run about Atlas and Confluent Cloud: credentials, their rights, and the services' answers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from ...api.conditions import Reason
from ...atlas.client import Atlas, Session
from ...confluent.client import Confluent
from ...kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from ...kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING, DesiredState
from ...polling.poll import SecretKey
from ...transport.credentials import Credentials
from ...transport.probe import Probe
from ..owners import Owners
from .checks import access, assumptions, clocks, confluent, connections, network, roles, secrets
from .cluster_examination import ClusterFacts
from .findings import Check, Finding, Outcome
from .gather import cluster, services
from .gather.credentials import Read, hide, read_secret
from .redaction import Redaction
from .targets import Project, Targets

Given: TypeAlias = Credentials | SecretKey | None
"""From the command line or variables: credentials, or the Secret that contains them."""


@dataclass(frozen=True, slots=True)
class _Readable:
    """A project that the credentials can read."""

    project: Project
    facts: services.ProjectFacts
    session: Session


@dataclass(slots=True)
class ServiceExamination:
    """Examines the services."""

    targets: Targets
    given: Given = field(repr=False)
    cluster: ClusterFacts
    findings: list[Finding]
    redaction: Redaction
    _reads: Mapping[SecretKey, Read] = field(default_factory=dict, init=False, repr=False)

    async def examine(self, atlas_url: str, confluent_url: str) -> None:
        """Read, and judge, everything outside the cluster."""
        self._reads = await self._read_secrets()
        await asyncio.gather(self._examine_atlas(atlas_url), self._examine_confluent(confluent_url))

    async def _read_secrets(self) -> dict[SecretKey, Read]:
        """Read and judge all Secrets."""
        api, wanted, given = self.cluster.api, dict(self.targets.secrets), self.given
        if (default := self.cluster.defaults.secret) is not None:
            wanted.setdefault(default, ("the operator, as its default credentials",))
        if isinstance(given, SecretKey):
            wanted[given] = ()
        elif given is not None:
            hide(given, self.redaction)
        if api is None:
            return {}
        answers = await asyncio.gather(*(read_secret(api, key, users, self.redaction) for key, users in wanted.items()))
        reads = dict(zip(wanted, answers, strict=True))
        for key, read in reads.items():
            self.findings.append(secrets.judge(_secret_check(key), read.facts))
        for lacking in self.targets.lacking:
            facts = secrets.SecretFacts("", lacking.objects, "", lacking.namespace)
            self.findings.append(secrets.judge(secrets.SECRETS, facts))
        return reads

    async def _examine_atlas(self, url: str) -> None:
        reached = await services.reach_atlas(url)
        finding = network.judge(network.ATLAS_REACHABLE, reached)
        self.findings.append(finding)
        if finding.outcome is Outcome.FAILED:
            self.findings += [access.not_asked(one.id, "it cannot be reached") for one in self.targets.projects]
            return
        answer = reached.probe or Probe()
        if answer.date is not None and answer.asked_at is not None:
            self.cluster.readings.append(clocks.Reading("Atlas", cluster.ahead(answer.date, answer.asked_at)))
        atlas = Atlas(url)
        try:
            await self._examine_projects(atlas)
        finally:
            await atlas.aclose()

    async def _examine_projects(self, atlas: Atlas) -> None:
        owners = Owners(StreamsVpcPeeringKind(atlas), self.cluster.objects)
        readable = await asyncio.gather(
            *(
                self._examine_project(atlas, project, *self._credentials_for(project), owners)
                for project in self.targets.projects
            )
        )
        seen = [one for one in readable if one is not None]
        # Any set of credentials that can read the project shows the same.
        for one in {one.facts.project: one for one in seen}.values():
            self.findings += connections.judge(self._listed(one.facts, owners))
        if seen:
            first = seen[0]
            behaviour = await services.read_behaviour(first.session, atlas.base_url, first.facts, first.project.region)
            self.findings += assumptions.judge(behaviour)

    async def _examine_project(
        self, atlas: Atlas, project: Project, source: str, credentials: Credentials | None, owners: Owners
    ) -> "_Readable | None":
        """Judge the credentials for a project; return the project, if they can read it."""
        if credentials is None:
            self.findings.append(access.not_asked(project.id, f"there are no usable credentials in {source}"))
            return None
        session = atlas.session(credentials)
        facts = await services.read_project(session, project.id, project.accounts | owners.accounts(project.id))
        blocked = project.reporting(Reason.ACCESS_LIST_BLOCKED)
        self.findings += access.judge(access.Access(source, project.id, facts.error, blocked))
        if facts.error is not None:
            return None
        self.findings += roles.judge(
            roles.Roles(
                source,
                project.id,
                project.rights,
                facts.roles,
                facts.why_no_roles,
                project.reporting(Reason.UNAUTHORIZED),
                project.done,
            )
        )
        return _Readable(project, facts, session)

    def _listed(self, facts: services.ProjectFacts, owners: Owners) -> connections.Listed:
        unwanting = self._not_accepting()
        owned = {row.name: owners.of(row, facts.project, facts.connections).owner for row in facts.connections}
        ahead = next((one.ahead for one in self.cluster.readings if one.clock == "Atlas"), 0.0)
        return connections.Listed(
            facts.project,
            facts.connections,
            {name: f"StreamsVpcPeering {owner}" for name, owner in owned.items() if owner is not None},
            datetime.now(UTC) + timedelta(seconds=ahead),
            every_namespace=self.cluster.objects.complete(STREAMS_VPC_PEERING),
            unwanted={name for name, owner in owned.items() if owner is not None and str(owner) in unwanting},
        )

    def _not_accepting(self) -> set[str]:
        """Return namespace and name of the objects whose desired state is not Accepted."""
        return {
            f"{body['metadata']['namespace']}/{body['metadata']['name']}"
            for body in self.cluster.objects.of(STREAMS_VPC_PEERING)
            if (body.get("spec") or {}).get("desiredState") in (DesiredState.REJECTED, DesiredState.DELETED)
        }

    async def _examine_confluent(self, url: str) -> None:
        if not self.targets.networks:
            return
        finding = network.judge(network.CONFLUENT_REACHABLE, await services.reach_confluent(url))
        self.findings.append(finding)
        if finding.outcome is Outcome.FAILED:
            return
        service = Confluent(url)
        try:
            for secret, environment, network_id in self.targets.networks:
                read = self._reads.get(secret)
                if read is not None and read.credentials is not None:
                    session = service.session(read.credentials)
                    found = await services.read_network(session, f"Secret {secret}", environment, network_id)
                    self.findings.append(confluent.judge(found))
        finally:
            await service.aclose()

    def _credentials_for(self, project: Project) -> tuple[str, Credentials | None]:
        """Return where the credentials for a project come from, in words, and the credentials."""
        given = self.given
        secret = given if isinstance(given, SecretKey) else project.secret
        variables = given if not isinstance(given, SecretKey) else None
        read = None if secret is None else self._reads.get(secret)
        if read is not None and read.credentials is not None:
            return f"Secret {secret}", read.credentials
        if variables is not None or secret is None:
            return "the MONGODB_ATLAS_* variables", variables
        return f"Secret {secret}", None


def _secret_check(key: SecretKey) -> Check:
    return secrets.CONFLUENT_SECRETS if key.service == "confluent" else secrets.SECRETS
