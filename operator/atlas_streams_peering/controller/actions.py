"""Changes asked of Atlas: made once, remembered until a list shows what came of them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from ..api.times import format_time, parse_time
from ..atlas.client import Atlas, Session
from ..atlas.models import Connection
from ..kinds.streams_vpc_peering.resource import ActionType, LastAction
from ..transport.credentials import Credentials
from ..transport.errors import NotLeader, RateLimited, RequestRefused, ServiceError, TransientError, Unavailable
from .controller import NotLeading
from .ledger import Ledger
from .retry import Asked, Refusal

CHANGES_AT_ONCE: Final = 8
"""Changes of one project that may be under way: one that hangs must not take all workers from the others."""

_IN_LINE: Final = 5.0
"""Seconds after which an object that waits for one of those to end looks again, should nobody wake it."""


class WantedNoMore(Exception):  # noqa: N818  # an answer, not a failure
    """The object wants something else by now: Atlas was not asked."""


class Actions:
    """Accepts, rejects and deletes connections."""

    def __init__(self, atlas: Atlas, *, wake: Callable[[str], None], may_act: Callable[[], bool]) -> None:
        self._atlas, self._ledger, self._wake, self._may_act = atlas, Ledger(), wake, may_act
        self._under_way: Counter[str] = Counter()
        self._busy: set[tuple[str, str]] = set()
        """Connections with a change under way: at most one each, whatever other objects come to mean it meanwhile."""
        self._lines: dict[str, dict[str, None]] = {}

    async def ask(
        self,
        action: ActionType,
        project_id: str,
        connection: Connection,
        credentials: Credentials,
        circumstances: tuple[object, ...],
        *,
        still_wanted: Callable[[], Awaitable[bool]],
    ) -> tuple[Asked, bool]:
        """Ask Atlas for a change; return what came of it, and whether that is news.

        `still_wanted` is asked right before, when it is this change's turn. Raises `WantedNoMore` where it is not.
        """
        if not self._may_act():
            raise NotLeading(f"{connection.name} is left to the replica that leads")
        before = self._ledger.get(project_id, connection.name)
        attempts = before.attempts + 1 if before is not None and before.action is action else 1
        refusal, place = None, (project_id, connection.name)
        self._under_way[project_id] += 1
        self._busy.add(place)
        try:
            if not await still_wanted():
                raise WantedNoMore(connection.name)
            started = datetime.now(UTC)
            await _call(self._atlas.session(credentials), action, project_id, connection)
        except ServiceError as error:
            refusal = _refusal(error)
        except NotLeader:
            raise NotLeading(f"{connection.name} is left to the replica that leads") from None
        finally:
            self._under_way[project_id] -= 1
            self._busy.discard(place)
            self._wake_next(project_id)
        asked = Asked(action, started, attempts, refusal, circumstances)
        self._ledger.note(project_id, connection.name, asked)
        repeated = before is not None and (before.refusal, before.circumstances) == (refusal, circumstances)
        return asked, refusal is None or not repeated

    def wait(self, project_id: str, uid: str, connection: str) -> float:
        """Take the right to one change for an object: 0.0, or else the seconds until it is worth asking again."""
        line = self._lines.setdefault(project_id, {})
        if self._under_way[project_id] >= CHANGES_AT_ONCE or (project_id, connection) in self._busy:
            line[uid] = None
            return _IN_LINE
        line.pop(uid, None)
        return self._atlas.budget(project_id).take(change=True)

    def _wake_next(self, project_id: str) -> None:
        line = self._lines.get(project_id)
        if line:
            uid = next(iter(line))
            del line[uid]
            self._wake(uid)

    def asked(
        self, project_id: str, connections: Iterable[Connection], circumstances: tuple[object, ...]
    ) -> dict[str, Asked]:
        """Return what was last asked for these connections, by name.

        Lasting refusals under other circumstances are left out: another role, key or spec deserves a new try.
        """
        known = self._ledger.asked(project_id, connections)
        return {name: asked for name, asked in known.items() if not _outdated(asked, circumstances)}

    def forgiven(
        self, project_id: str, connections: Iterable[Connection], circumstances: tuple[object, ...]
    ) -> frozenset[str]:
        """Return the connections, by name, whose last request was refused under other circumstances than these."""
        known = self._ledger.asked(project_id, connections)
        return frozenset(name for name, asked in known.items() if _outdated(asked, circumstances))

    def void_before(self, project_id: str, connections: Iterable[Connection]) -> float:
        """Return the monotonic time before which no list of these connections counts."""
        return self._ledger.void_before(project_id, connections)

    def last_action(
        self, project_id: str, connection: Connection | None, written: LastAction | None
    ) -> LastAction | None:
        """Return the newer of what the status says was asked, and what was asked since it was written."""
        asked = self._ledger.get(project_id, connection.name) if connection else None
        if asked is None:
            return written
        written_at = parse_time(written.time) if written else None
        if written_at is not None and written_at >= asked.at.replace(microsecond=0):
            return written
        return LastAction(type=asked.action, time=format_time(asked.at))


async def _call(session: Session, action: ActionType, project_id: str, connection: Connection) -> None:
    match action:
        case ActionType.ACCEPT:
            await session.accept(project_id, connection)
        case ActionType.REJECT:
            await session.reject(project_id, connection)
        case ActionType.DELETE:
            await session.delete(project_id, connection)


def _outdated(asked: Asked, circumstances: tuple[object, ...]) -> bool:
    return asked.refusal is not None and asked.refusal.lasting and asked.circumstances != circumstances


def _refusal(error: ServiceError) -> Refusal:
    if isinstance(error, RequestRefused | RateLimited):
        # About this one request at this moment: the wish stays what is said.
        return Refusal(None, str(error), lasting=False)
    uncertain = isinstance(error, Unavailable)
    return Refusal(error.reason, str(error), lasting=not isinstance(error, TransientError), uncertain=uncertain)
