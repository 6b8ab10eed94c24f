"""The interface that each kind implements for the shared reconcile."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from ..api.base import ApiModel
from ..api.crd import CustomResource
from ..api.status import LastAction, ResourceStatus
from ..kube.objects import KubernetesObject, ObjectKey
from ..polling.intervals import Intervals
from ..polling.poll import PollKey
from ..transport.credentials import Credentials
from .decision import Change, Claim, Decision, Observation, Readiness
from .resource import InvalidResource, TypedResource, read_resource

SpecT = TypeVar("SpecT", bound=ApiModel)
StatusT = TypeVar("StatusT", bound=ResourceStatus)
ContextT = TypeVar("ContextT")

Lookup = Callable[[ObjectKey], Mapping[str, Any] | None]
"""Returns the last observed status of another object; None: there is no such object."""


Confirm = Callable[[], Awaitable[None]]
"""Raises an error unless the object is unchanged since the decision, and this replica leads."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """A referenced object does not have the needed values yet."""

    message: str


@dataclass(frozen=True, slots=True)
class Interest:
    """A poll that an object needs, and the rows of it that concern the object."""

    key: PollKey
    words: frozenset[str] = frozenset()
    """Names and tokens of rows."""
    targets: frozenset[str] = frozenset()
    """Keys of rows that do not exist yet, in the expectations."""
    every_list: bool = False
    """Wake the object after each list, also if no row has changed: it compares more than rows with its spec."""
    where: Callable[[Any], bool] | None = None
    """Also read the rows for which this is true. The object requests no change of them."""


class Kind(ABC, Generic[SpecT, StatusT, ContextT]):
    """One kind of custom resource. Everything but `act` and `publish` is pure.

    `ContextT` is the context that the kind derives from the spec and the references before any poll.
    """

    resource: CustomResource
    spec: type[SpecT]
    status: type[StatusT]
    service: str = "atlas"
    """The service whose credentials the object's Secret contains."""
    follows: frozenset[str] = frozenset()
    """Kinds whose claims the decisions of this kind take into account."""
    undoes_in_cluster: bool = False
    """The deletion has to undo changes in the cluster only: `undo` does so, without a service."""

    def read(self, obj: KubernetesObject) -> TypedResource[SpecT, StatusT] | InvalidResource[StatusT]:
        """Parse an object."""
        return read_resource(obj, self.spec, self.status)

    # -- before any poll

    def retains(self, resource: TypedResource[SpecT, StatusT]) -> bool:  # noqa: ARG002
        """Deleting the object changes nothing outside."""
        return True

    def retained(self, resource: TypedResource[SpecT, StatusT]) -> str:  # noqa: ARG002
        """Return the message for a deletion that leaves everything outside as it is."""
        return "Nothing was changed: deletionPolicy is Retain."

    def holds(self, resource: TypedResource[SpecT, StatusT] | InvalidResource[StatusT]) -> bool:  # noqa: ARG002
        """According to its status, the object holds something that its deletion has to undo."""
        return False

    def untouched(self, resource: TypedResource[SpecT, StatusT]) -> bool:
        """According to its status, the object has never held anything, and no change was ever requested for it."""
        return not self.holds(resource) and "lastAction" not in resource.obj.status

    def references(self, resource: TypedResource[SpecT, StatusT]) -> frozenset[ObjectKey]:  # noqa: ARG002
        """Return the objects that this one refers to. A change of one wakes this object."""
        return frozenset()

    @abstractmethod
    def context(self, resource: TypedResource[SpecT, StatusT], lookup: Lookup) -> ContextT | NotReady:
        """Return the context from the spec and the references."""

    def claim(
        self,
        resource: TypedResource[SpecT, StatusT],  # noqa: ARG002
        context: ContextT,  # noqa: ARG002
    ) -> Claim | None:
        """Return the object's claim, if others may claim the same row."""
        return None

    @abstractmethod
    def secret_name(self, resource: TypedResource[SpecT, StatusT]) -> str | None:
        """Return the name of the Secret with the credentials; None: the spec names none."""

    @abstractmethod
    def interests(
        self, resource: TypedResource[SpecT, StatusT], context: ContextT, fingerprint: str
    ) -> tuple[Interest, ...]:
        """Return the polls that the object needs, with the credentials of this fingerprint."""

    # -- after the polls

    @abstractmethod
    def decide(
        self,
        resource: TypedResource[SpecT, StatusT],
        context: ContextT,
        observation: Observation,
        *,
        intervals: Intervals,
        now: datetime,
    ) -> Decision[StatusT]:
        """Decide what to do and what to report."""

    def requested(self, status: StatusT, change: Change, time: str) -> StatusT:
        """Return the status with a change in ``lastAction``. `time`: RFC 3339, UTC."""
        return status.model_copy(update={"last_action": LastAction(type=change.action, time=time)})

    def undone(self, before: StatusT, status: StatusT) -> StatusT:  # noqa: ARG002
        """Return the status after a change that the service refused and did not make.

        `before`: the status from before the intent.
        """
        return status

    async def act(self, change: Change, credentials: Credentials) -> Mapping[str, Any]:
        """Request a change from the service; return the status with the fields from its answer.

        Raises `ServiceError` or `NotLeader`.
        """
        raise NotImplementedError(f"{self.resource.kind} requests no change")

    async def publish(
        self,
        resource: TypedResource[SpecT, StatusT],  # noqa: ARG002
        decision: Decision[StatusT],
    ) -> Decision[StatusT]:
        """Write other objects of the cluster; return what to report then.

        Raises `KubernetesError`, or `WriteRefused` if the API server refuses the write.
        """
        return decision

    async def undo(self, resource: TypedResource[SpecT, StatusT], confirm: Confirm) -> Readiness:
        """Undo the changes of a deleted object in the cluster, after `confirm`.

        Return the Ready condition. With `Progress.REACHED`, nothing is left to undo, and its message becomes the Event.
        Raises `KubernetesError` or `NotLeader`, and the errors of `confirm`.
        """
        raise NotImplementedError(f"{self.resource.kind} makes nothing in the cluster")

    # -- messages

    def refused(self, action: str, target: str, why: str, *, deleting: bool) -> str:
        """Return the message for a change that the service refused."""
        raise NotImplementedError(f"{self.resource.kind} requests no change")

    @property
    def observed_message(self) -> str:
        """The message of the Synced condition after a successful poll."""
        return "The last poll worked."
