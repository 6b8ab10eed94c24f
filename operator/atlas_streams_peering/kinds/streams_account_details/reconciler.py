"""Implements `Kind` for StreamsAccountDetails."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ...api.conditions import Reason
from ...atlas.client import Atlas, parse_account_details
from ...atlas.models import AccountDetails
from ...controller.decision import Decision, Observation, Progress, Readiness
from ...controller.kind import Interest, Kind, Lookup
from ...controller.resource import TypedResource
from ...kube.config_maps import ConfigMaps, Owner
from ...kube.writer import WriteRefused
from ...polling.intervals import Intervals
from ...polling.poll import PollKey, Source
from ...polling.snapshot import RawRow, RowFormat
from ...transport.credentials import Credentials
from ...transport.errors import RequestRefused
from . import messages
from .decide import NoNetwork, config_map_conflict, config_map_data, decide
from .resource import (
    STREAMS_ACCOUNT_DETAILS,
    StreamsAccountDetailsSpec,
    StreamsAccountDetailsStatus,
)

Resource = TypedResource[StreamsAccountDetailsSpec, StreamsAccountDetailsStatus]
DetailsDecision = Decision[StreamsAccountDetailsStatus]

_ROW: Final = "accountDetails"
"""Name of the only row: Atlas answers with one object instead of a list."""

_NO_NETWORK: Final = (400, 404, 409)
"""Statuses of Atlas' answer for a region without a network, and for a region that the cloud does not have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Project, cloud and region of the network."""

    provider: str
    region: str


class StreamsAccountDetailsKind(Kind[StreamsAccountDetailsSpec, StreamsAccountDetailsStatus, Place]):
    """Reports the account and network of Atlas in a region. It changes nothing outside Kubernetes."""

    resource = STREAMS_ACCOUNT_DETAILS
    spec, status = StreamsAccountDetailsSpec, StreamsAccountDetailsStatus
    observed_message = "The operator has read the account details from Atlas."

    def __init__(self, atlas: Atlas, config_maps: ConfigMaps) -> None:
        self._atlas, self._config_maps = atlas, config_maps
        self._source = Source(
            "accountDetails",
            self._fetch,
            RowFormat(name=lambda _row: _ROW, parse=_parse, tokens=lambda _row: (), progress=lambda row: row),
        )

    def retained(self, resource: Resource) -> str:  # noqa: ARG002
        """Return the message for a deletion: the object never changes anything outside Kubernetes."""
        return messages.RETAINED

    def context(self, resource: Resource, lookup: Lookup) -> Place:  # noqa: ARG002
        """Return the place of the network."""
        return Place(resource.spec.provider.value, resource.spec.atlas_region)

    def secret_name(self, resource: Resource) -> str | None:
        """Return the name of the Secret that the spec names."""
        reference = resource.spec.credentials_secret_ref
        return reference.name if reference else None

    def interests(self, resource: Resource, context: Place, fingerprint: str) -> tuple[Interest, ...]:
        """Return the poll of the place. With a ConfigMap, each list wakes the object, to check the ConfigMap."""
        key = PollKey(self._source, resource.spec.project_id, fingerprint, (context.provider, context.region))
        return (Interest(key, frozenset({_ROW}), every_list=resource.spec.config_map_ref is not None),)

    def decide(
        self,
        resource: Resource,
        context: Place,  # noqa: ARG002
        observation: Observation,
        *,
        intervals: Intervals,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> DetailsDecision:
        """Report Atlas' answer."""
        (rows,) = observation.rows
        return decide(resource.spec, resource.status, rows[_ROW])

    async def publish(self, resource: Resource, decision: DetailsDecision) -> DetailsDecision:
        """Write the details into the ConfigMap that the spec names, and remove the one that it named before.

        While Atlas has no network in the region, the ConfigMap keeps the last known details for the pods that mount it.
        """
        owner, reference = Owner(self.resource, resource.obj), resource.spec.config_map_ref
        wanted, written = reference.name if reference else None, resource.status.config_map_name
        try:
            if written is not None and written != wanted:
                await self._config_maps.remove(owner, written)
                decision = _with_config_map(decision, None)
            if wanted is None or decision.readiness.progress is not Progress.REACHED:
                return decision
            data = config_map_data(resource.spec, decision.status)
            foreign = await self._config_maps.ensure(owner, wanted, data)
        except WriteRefused as error:
            # The details themselves are known, and stay in the status.
            return replace(decision, readiness=Readiness(Reason.WRITE_REFUSED, str(error), Progress.STALLED))
        if foreign is not None:
            readiness = config_map_conflict(wanted, foreign.controller)
            return replace(_with_config_map(decision, None), readiness=readiness)
        return _with_config_map(decision, wanted)

    async def _fetch(self, credentials: Credentials, key: PollKey) -> Collection[RawRow]:
        provider, region = key.arguments
        try:
            return ({"details": await self._atlas.session(credentials).account_details(key.scope, provider, region)},)
        except RequestRefused as error:
            if error.status not in _NO_NETWORK:
                raise
            return ({"refusal": str(error)},)


def _with_config_map(decision: DetailsDecision, name: str | None) -> DetailsDecision:
    return replace(decision, status=decision.status.model_copy(update={"config_map_name": name}))


def _parse(row: RawRow) -> AccountDetails | NoNetwork:
    refusal: Any = row.get("refusal")
    return NoNetwork(str(refusal)) if refusal is not None else parse_account_details(row["details"])
