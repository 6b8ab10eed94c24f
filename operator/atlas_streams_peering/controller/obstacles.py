"""What is said of an object while Atlas cannot be looked at for it."""

from ..api.conditions import Reason
from ..kinds.streams_vpc_peering import messages
from ..kinds.streams_vpc_peering.case import Case
from ..kinds.streams_vpc_peering.status import Look, status_blocked, status_out_of_touch
from ..polling.looks import Looks
from ..transport.errors import RequestRefused, ServiceError, TerminalError
from .finalizer import Finalizer
from .readiness import Standing, Verdict
from .reporting import Reporter
from .retry import Intervals
from .secrets import CredentialsMissing


class Obstacles:
    """Reports what stands in the way. Each method returns the seconds until the object's next turn, None: when told."""

    def __init__(self, reporter: Reporter, finalizer: Finalizer, looks: Looks, intervals: Intervals) -> None:
        self._reporter, self._finalizer, self._looks, self._intervals = reporter, finalizer, looks, intervals

    async def reference_not_ready(self, case: Case) -> float | None:
        """The ConfluentPeering that the object points to has no account and VPC yet."""
        reference = case.spec.requester.confluent_peering_ref
        message = messages.reference_not_ready(reference.name if reference else "")
        if case.resource.deleting and case.status.connection_name is None:
            await self._finalizer.let_go(case, f"Nothing was changed in Atlas: {message}")
            return None
        return await self._blocked(case, Verdict(Reason.REFERENCE_NOT_READY, message, Standing.ON_ITS_WAY), None)

    async def credentials_missing(self, case: Case, error: CredentialsMissing) -> float | None:
        """There is nothing to ask Atlas with."""
        self._looks.leave(case.resource.uid)
        look = Look(Reason.CREDENTIALS_MISSING, str(error), lasting=True)
        return await self._blocked(case, Verdict(look.reason, look.message, Standing.ON_ITS_WAY), look)

    async def look_failed(self, case: Case, failure: ServiceError) -> float | None:
        """Atlas refused the look, or did not answer."""
        # A refused look says nothing that somebody could mend: it is as good as no answer.
        lasting = isinstance(failure, TerminalError) and not isinstance(failure, RequestRefused)
        look = Look(failure.reason, str(failure), lasting=lasting)
        if lasting or case.resource.deleting:
            standing = Standing.STALLED if lasting else Standing.ON_ITS_WAY
            await self._blocked(case, Verdict(look.reason, look.message, standing), look)
        else:
            await self._reporter.report(case.resource, case.status, status_out_of_touch(case.context, look))
            self._looks.pace(case.resource.uid, pending=True)
        return None  # the look itself goes on, and tells of it

    async def _blocked(self, case: Case, verdict: Verdict, look: Look | None) -> float:
        if case.resource.deleting:
            verdict = Verdict(verdict.reason, messages.stuck_deletion(verdict.message), verdict.standing)
        await self._reporter.report(case.resource, case.status, status_blocked(case.context, verdict, look))
        return self._intervals.pending
