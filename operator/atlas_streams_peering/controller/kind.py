"""What a kind of custom resource brings to the path that all kinds share."""

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
"""Returns the status of another object, as last seen; None: there is no such object."""


Confirm = Callable[[], Awaitable[None]]
"""Makes sure that the object is still as it was decided on, and that this replica may act; else it raises."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """An object that this one refers to does not say yet what is needed of it."""

    message: str


@dataclass(frozen=True, slots=True)
class Interest:
    """A poll that an object needs, and the rows of it that concern the object."""

    key: PollKey
    words: frozenset[str] = frozenset()
    """Names and tokens of rows."""
    targets: frozenset[str] = frozenset()
    """Names under which expectations know rows that are yet to come."""
    every_list: bool = False
    """Wake the object after each list, also when no row has changed: it compares more than rows with its spec."""
    where: Callable[[Any], bool] | None = None
    """Also look at the rows for which this is true. The object requests no change of them."""


class Kind(ABC, Generic[SpecT, StatusT, ContextT]):
    """One kind of custom resource. Everything but `act` and `publish` is pure.

    `ContextT` is what the kind learns from the spec and from references, before any poll: who is meant.
    """

    resource: CustomResource
    spec: type[SpecT]
    status: type[StatusT]
    service: str = "atlas"
    """Whose credentials the object's Secret holds."""
    follows: frozenset[str] = frozenset()
    """Kinds whose claims the decisions of this kind take into account."""
    undoes_in_cluster: bool = False
    """What the object's deletion has to undo is in the cluster alone: `undo` does it, and no service is asked."""

    def read(self, obj: KubernetesObject) -> TypedResource[SpecT, StatusT] | InvalidResource[StatusT]:
        """Parse an object."""
        return read_resource(obj, self.spec, self.status)

    # -- before any poll

    def retains(self, resource: TypedResource[SpecT, StatusT]) -> bool:  # noqa: ARG002
        """Deleting the object changes nothing outside."""
        return True

    def retained(self, resource: TypedResource[SpecT, StatusT]) -> str:  # noqa: ARG002
        """Say that the object goes and everything outside stays."""
        return "Nothing was changed: deletionPolicy is Retain."

    def holds(self, resource: TypedResource[SpecT, StatusT] | InvalidResource[StatusT]) -> bool:  # noqa: ARG002
        """By its status, the object held something that deleting it has to undo."""
        return False

    def untouched(self, resource: TypedResource[SpecT, StatusT]) -> bool:
        """By its status, the object has never held anything, and nothing was ever requested for it."""
        return not self.holds(resource) and "lastAction" not in resource.obj.status

    def references(self, resource: TypedResource[SpecT, StatusT]) -> frozenset[ObjectKey]:  # noqa: ARG002
        """Return the objects that this one refers to. A change of one wakes this object."""
        return frozenset()

    @abstractmethod
    def context(self, resource: TypedResource[SpecT, StatusT], lookup: Lookup) -> ContextT | NotReady:
        """Return what is meant, by the spec and by what references say."""

    def claim(
        self,
        resource: TypedResource[SpecT, StatusT],  # noqa: ARG002
        context: ContextT,  # noqa: ARG002
    ) -> Claim | None:
        """Return the object's word on which row it means, where others may mean the same."""
        return None

    @abstractmethod
    def secret_name(self, resource: TypedResource[SpecT, StatusT]) -> str | None:
        """Return the name of the Secret with the credentials; None: the spec names none."""

    @abstractmethod
    def interests(
        self, resource: TypedResource[SpecT, StatusT], context: ContextT, fingerprint: str
    ) -> tuple[Interest, ...]:
        """Return the polls that the object needs, with the credentials of this fingerprint."""

    # -- with what the polls show

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
        """Decide what to do and what to say."""

    def requested(self, status: StatusT, change: Change, time: str) -> StatusT:
        """Return the status with a change in ``lastAction``. `time`: RFC 3339, UTC."""
        return status.model_copy(update={"last_action": LastAction(type=change.action, time=time)})

    def undone(self, before: StatusT, status: StatusT) -> StatusT:  # noqa: ARG002
        """Return the status after a change that the service refused for good: it was not made.

        `before`: the status from before the intent.
        """
        return status

    async def act(self, change: Change, credentials: Credentials) -> Mapping[str, Any]:
        """Request a change from the service; return the status fields that its answer fills in.

        Raises `ServiceError` or `NotLeader`.
        """
        raise NotImplementedError(f"{self.resource.kind} requests no change")

    async def publish(
        self,
        resource: TypedResource[SpecT, StatusT],  # noqa: ARG002
        decision: Decision[StatusT],
    ) -> Decision[StatusT]:
        """Write what was learnt into other objects of the cluster; return what to say then.

        Raises `KubernetesError`, or `WriteRefused` where the API server refuses it.
        """
        return decision

    async def undo(self, resource: TypedResource[SpecT, StatusT], confirm: Confirm) -> Readiness:
        """Undo in the cluster what the object has made there, as it is being deleted; `confirm` first.

        Return what Ready says of it; `Progress.REACHED`: nothing is left to undo, and the message is the Event's.
        Raises `KubernetesError` or `NotLeader`, and what `confirm` raises.
        """
        raise NotImplementedError(f"{self.resource.kind} makes nothing in the cluster")

    # -- in words

    def refused(self, action: str, target: str, why: str, *, deleting: bool) -> str:
        """Say that the service did not do what was requested."""
        raise NotImplementedError(f"{self.resource.kind} requests no change")

    @property
    def observed_message(self) -> str:
        """What the Synced condition says after a poll that worked."""
        return "The last poll worked."
