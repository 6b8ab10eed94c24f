"""The settings of the simulator, for tests and configuration files.

Durations are seconds of simulated time. A default follows the documentation of the service. For undocumented
behaviour the default is the stricter choice, and the docstring says that the behaviour is unknown.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field

from atlas_simulator.confluent.settings import ConfluentSettings
from atlas_simulator.sections import DAY, HOUR, BucketSize, Section


class CloudStatusStyle(StrEnum):
    """The spelling of ``cloudStatus``; the documentation shows the first, and the schema has no enum."""

    DOCUMENTED = "pending-acceptance"
    UPPER_UNDERSCORE = "PENDING_ACCEPTANCE"
    LOWER_UNDERSCORE = "pending_acceptance"
    UPPER_HYPHEN = "PENDING-ACCEPTANCE"

    def spell(self, status: str) -> str:
        """Return a status, given in its documented spelling, in this style."""
        match self:
            case CloudStatusStyle.DOCUMENTED:
                return status
            case CloudStatusStyle.UPPER_UNDERSCORE:
                return status.replace("-", "_").upper()
            case CloudStatusStyle.LOWER_UNDERSCORE:
                return status.replace("-", "_")
            case CloudStatusStyle.UPPER_HYPHEN:
                return status.upper()


class Delays(Section):
    """How long a connection stays in each state."""

    visibility: float = Field(default=0, ge=0)
    """From the request at AWS until Atlas lists it ("after a potential delay", Atlas documentation)."""
    initiating_request: float = Field(default=0, ge=0)
    """``initiating-request`` to ``pending-acceptance`` (or ``failed``)."""
    expiration: float = Field(default=7 * DAY, gt=0)
    """From the request until it expires: 7 days (AWS VPC peering guide)."""
    recorded: float = Field(default=1, ge=0)
    """``REQUEST_…`` to ``…_REQUESTED`` or to ``UPDATE_FAILED``."""
    requested: float = Field(default=1, ge=0)
    """``…_REQUESTED`` to the next ``cloudStatus``: ``provisioning``, ``rejected`` or ``deleting``."""
    provisioning: float = Field(default=2, ge=0)
    """``provisioning`` to ``active``."""
    deleting: float = Field(default=1, ge=0)
    """``deleting`` to ``deleted``."""


class Linger(Section):
    """How long a terminal row stays listed; 0: not at all, ``None``: for ever.

    The defaults are the times for which AWS shows such connections to the accepter (AWS VPC peering guide). How long
    Atlas lists such rows is unknown.
    """

    expired: float | None = Field(default=2 * DAY, ge=0)
    rejected: float | None = Field(default=2 * HOUR, ge=0)
    deleted: float | None = Field(default=2 * HOUR, ge=0)
    deleted_by_requester: float | None = Field(default=2 * DAY, ge=0)
    """For a connection that the requester has deleted; AWS shows it to the other side for longer."""
    failed: float | None = Field(default=2 * HOUR, ge=0)

    def of(self, cloud_status: str) -> float | None:
        """Return the seconds for a terminal ``cloudStatus`` in its documented spelling."""
        seconds: float | None = getattr(self, cloud_status)
        return seconds


class Digest(Section):
    """HTTP digest authentication."""

    nonce_seconds: float = Field(default=60, gt=0)
    """Atlas says "a short amount of time"."""
    challenge: Literal["qop", "rfc2069", "documented"] = "qop"
    """``qop`` sends ``qop="auth"``, ``rfc2069`` nothing, ``documented`` the documentation's ``op="auth"``."""


class Tokens(Section):
    """Service accounts' tokens (Atlas documentation, remote MCP rate limits, Terraform provider guide)."""

    lifetime_seconds: int = Field(default=3600, ge=1)
    live_limit: int = Field(default=100, ge=1)
    """Live tokens of one service account."""
    requests_per_minute: int = Field(default=50, ge=1)
    """Requests for a token of one address and client."""


class RateLimit(BucketSize):
    """Atlas' token bucket of one project for the streams endpoints (documented 2026-04-10)."""

    count_challenges: bool = False
    """Whether a request without valid credentials takes a token too; Atlas' behaviour is unknown."""


class RefusalText(Section):
    """The error for a case in which Atlas' answer is not documented."""

    status: int = Field(ge=400, le=599)
    error_code: str
    detail: str


class AccountDetailsAnswers(Section):
    """The answers of ``streams/accountDetails`` that are not documented."""

    aws_cloud_provider: bool = False
    """Whether an answer for aws has ``cloudProvider``; the documented samples differ."""
    no_network: RefusalText = RefusalText(
        status=404,
        error_code="CLOUD_PROVIDER_CONTAINER_NOT_FOUND",
        detail="The project has no network in this region of the cloud provider.",
    )
    """For a region without a network of the project: 404 is declared, the error code is unknown."""
    unknown_region: RefusalText = RefusalText(
        status=400,
        error_code="VALIDATION_ERROR",
        detail="regionName is not a region of the cloud provider.",
    )
    """For a region that the cloud provider does not have: Atlas' answer is unknown."""


class PeerDelays(Section):
    """How long a network peering stays in each state."""

    visibility: float = Field(default=0, ge=0)
    """From the answer to POST until the list shows the row; read-after-write lag is known from other endpoints."""
    initiating: float = Field(default=2, ge=0)
    """``INITIATING`` to ``PENDING_ACCEPTANCE`` (or ``FAILED``), also until the container is provisioned."""
    expiration: float = Field(default=7 * DAY, gt=0)
    """``PENDING_ACCEPTANCE`` to ``FAILED`` with ``EXPIRED``: 7 days (AWS VPC peering guide)."""
    noticing: float = Field(default=1, ge=0)
    """From an accept or reject in AWS until Atlas shows it."""
    finalizing: float = Field(default=2, ge=0)
    """``FINALIZING`` to ``AVAILABLE``."""
    terminating: float = Field(default=2, ge=0)
    """``TERMINATING`` until the row is gone."""


class NetworkPeering(Section):
    """Network peerings and their containers."""

    rate_limit: RateLimit = RateLimit(capacity=2000, refill=1000)
    """The bucket of the endpoint set "Network Peering" (documented 2026-04-10)."""
    delays: PeerDelays = Field(default_factory=PeerDelays)
    null_accepter_region: bool = True
    """Whether ``accepterRegionName`` is null where it equals the container's region (Terraform provider, #53)."""
    nulls: bool = True
    """Whether a field without a value is null, as in the documented samples, or else left out."""
    maximum: int = Field(default=50, ge=1)
    """Peerings of one project (Atlas limits)."""
    maximum_pending: int = Field(default=25, ge=1)
    """Peerings of one project that are not accepted yet (Atlas limits)."""
    deletable: frozenset[str] = frozenset({"PENDING_ACCEPTANCE", "AVAILABLE", "FAILED"})
    """The ``statusName`` values that allow DELETE; whether Atlas allows others is unknown."""
    changeable: frozenset[str] = frozenset({"PENDING_ACCEPTANCE", "AVAILABLE"})
    """The ``statusName`` values that allow PATCH; whether Atlas allows others is unknown."""
    second_container: RefusalText = RefusalText(
        status=409,
        error_code="CONTAINER_ALREADY_EXISTS",
        detail="The project has a container in this region.",
    )
    """For a second container in a region: a project has one, the error code is unknown."""


class Settings(Section):
    """The simulator's settings; a test can change every section while the simulator runs."""

    delays: Delays = Field(default_factory=Delays)
    linger: Linger = Field(default_factory=Linger)
    digest: Digest = Field(default_factory=Digest)
    tokens: Tokens = Field(default_factory=Tokens)
    rate_limit: RateLimit = Field(default_factory=RateLimit)
    read_lag: float = Field(default=0, ge=0)
    """The age of the state that the list shows; it has no upper limit."""
    cloud_status_style: CloudStatusStyle = CloudStatusStyle.DOCUMENTED
    total_count_error: int = 0
    """Added to ``totalCount``, which is "an estimate and may not be exact"."""
    unknown_project: Literal["GROUP_NOT_FOUND", "NOT_IN_GROUP"] = "GROUP_NOT_FOUND"
    """The error (404 or 401) for a project that does not exist; both are documented."""
    no_role: Literal["USER_CANNOT_ACCESS_GROUP", "NOT_IN_GROUP", "USER_UNAUTHORIZED"] = "USER_CANNOT_ACCESS_GROUP"
    """The 401 for a principal of the project's organization without a role in the project."""
    deletable: frozenset[str] = frozenset({"active"})
    """The ``cloudStatus`` values that allow DELETE; whether Atlas allows ``provisioning`` is unknown."""
    invalid_state: RefusalText = RefusalText(
        status=409,
        error_code="PEER_INVALID_STATE",
        detail="The VPC peering connection is not in a state that allows this.",
    )
    """For accept, reject and delete in the wrong state: Atlas' answer is unknown."""
    challenge_mismatch: RefusalText = RefusalText(
        status=400,
        error_code="VALIDATION_ERROR",
        detail="The requester account and VPC do not match the VPC peering connection.",
    )
    """For an accept whose body names another requester: Atlas' answer is unknown."""
    account_details: AccountDetailsAnswers = Field(default_factory=AccountDetailsAnswers)
    network_peering: NetworkPeering = Field(default_factory=NetworkPeering)
    confluent: ConfluentSettings = Field(default_factory=ConfluentSettings)
    """Confluent Cloud; every other section is about Atlas, or about the whole simulator."""
    log_capacity: int = Field(default=200_000, ge=1)
    """The number of calls that the log keeps; the counters have no limit."""
    exchange_capacity: int = Field(default=20_000, ge=1)
    """The number of exchanges that the log keeps."""
    seed: int | None = None
    """Makes names and random faults reproducible."""

    def change(self, changes: Mapping[str, Any]) -> None:
        """Merge a nested mapping into these settings, or raise and change nothing."""
        merged = type(self).model_validate(_merged(self.model_dump(), changes))
        for name in type(self).model_fields:
            setattr(self, name, getattr(merged, name))

    def detached(self) -> Self:
        """Return a deep copy, so that two simulators never share one."""
        return self.model_copy(deep=True)


def _merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(current)
    for name, value in changes.items():
        before = merged.get(name)
        merged[name] = _merged(before, value) if isinstance(before, dict) and isinstance(value, Mapping) else value
    return merged
