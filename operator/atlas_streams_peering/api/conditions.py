"""Conditions and their reasons, which `kubectl wait`, Argo CD, Flux and Helm read."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .base import ApiModel


class ConditionType(StrEnum):
    """Types of condition; polarity as kstatus wants it."""

    READY = "Ready"  # the desired state is reached
    SYNCED = "Synced"  # the last poll of the service succeeded
    RECONCILING = "Reconciling"  # a change is in progress; present only while True
    STALLED = "Stalled"  # somebody has to act; present only while True
    REQUESTED = "Requested"  # this side has done its part, the other side has to accept


class Reason(StrEnum):
    """Reasons of conditions. Users' alerts name them, so they are never renamed."""

    ACTIVE = "Active"
    REJECTED = "Rejected"
    DELETED = "Deleted"
    WAITING_FOR_REQUEST = "WaitingForRequest"
    ACCEPTING = "Accepting"
    PROVISIONING = "Provisioning"
    REJECTING = "Rejecting"
    DELETING = "Deleting"
    SUSPENDED = "Suspended"
    REQUEST_EXPIRED = "RequestExpired"
    REQUEST_FAILED = "RequestFailed"
    REQUEST_REJECTED = "RequestRejected"
    CONNECTION_DELETED = "ConnectionDeleted"
    AMBIGUOUS_REQUEST = "AmbiguousRequest"
    REQUESTER_MISMATCH = "RequesterMismatch"
    CANNOT_REJECT = "CannotReject"
    ALREADY_MANAGED = "AlreadyManaged"
    REFERENCE_NOT_READY = "ReferenceNotReady"
    AVAILABLE = "Available"
    REGION_NOT_AVAILABLE = "RegionNotAvailable"
    CONFIG_MAP_CONFLICT = "ConfigMapConflict"
    INITIATING = "Initiating"
    FINALIZING = "Finalizing"
    CONTAINER_NOT_FOUND = "ContainerNotFound"
    REFUSED = "Refused"
    WATCHING = "Watching"
    LIMIT_REACHED = "LimitReached"
    NAME_TAKEN = "NameTaken"
    CONNECTED = "Connected"
    PENDING_ACCEPTANCE = "PendingAcceptance"
    DISCONNECTED = "Disconnected"
    NETWORK_NOT_READY = "NetworkNotReady"
    NETWORK_NOT_FOUND = "NetworkNotFound"
    NETWORK_FAILED = "NetworkFailed"
    NETWORK_UNSUPPORTED = "NetworkUnsupported"
    INVALID_SPEC = "InvalidSpec"
    WRITE_REFUSED = "WriteRefused"
    # about the last poll of a service
    OBSERVED = "Observed"
    CREDENTIALS_MISSING = "CredentialsMissing"
    CREDENTIALS_INVALID = "CredentialsInvalid"
    UNAUTHORIZED = "Unauthorized"
    ACCESS_LIST_BLOCKED = "AccessListBlocked"
    PROJECT_NOT_FOUND = "ProjectNotFound"
    RATE_LIMITED = "RateLimited"
    ATLAS_UNAVAILABLE = "AtlasUnavailable"
    CONFLUENT_UNAVAILABLE = "ConfluentUnavailable"


class Condition(ApiModel):
    """One condition, after metav1.Condition."""

    type: Annotated[str, Field(max_length=316)]
    """Ready, Synced, Reconciling, Stalled or Requested."""
    status: Literal["True", "False", "Unknown"]
    """True, False or Unknown."""
    observed_generation: Annotated[int, Field(json_schema_extra={"format": "int64"})] | None = None
    """The generation of the spec that this condition describes."""
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    """When the condition's status last changed."""
    reason: Annotated[str, Field(max_length=1024)]
    """Why the condition has this status, in one word for programs."""
    message: Annotated[str, Field(max_length=32768)]
    """What you can do or wait for, in one sentence."""
