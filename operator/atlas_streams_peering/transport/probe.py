"""One request without credentials: whether the service answers, whether it is that service, and its time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from .causes import no_answer
from .response import Response, http_date
from .route import Route
from .user_agent import USER_AGENT

_TIMEOUT: Final = httpx.Timeout(15.0)


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of a request without credentials. It contains no secret."""

    problem: str | None = None
    """Why there was no answer, as the end of a sentence: "no answer from HOST:PORT (...); check ..."."""
    intermediary: str | None = None
    """The message if something other than a JSON API answers, as the end of a sentence."""
    status: int | None = None
    challenge: str | None = None
    """The scheme of the authentication challenge, in lower case: ``digest``, ``basic``, ``bearer``."""
    date: datetime | None = None
    """The time by the clock of what answers; whole seconds."""
    asked_at: datetime | None = None
    """The time by this machine's clock, half way between the request and its answer."""

    @property
    def answered(self) -> bool:
        """Something answered, whatever it is."""
        return self.problem is None


async def probe(route: Route, path: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Probe:
    """Make one GET request without credentials."""
    try:
        async with route.client(timeout=_TIMEOUT, headers={"User-Agent": USER_AGENT}) as client:
            begun, started = clock(), time.monotonic()
            answer = await client.get(path)
            half = (time.monotonic() - started) / 2
    except httpx.HTTPError as error:
        return Probe(problem=no_answer(error, route, _TIMEOUT))
    challenge = answer.headers.get("WWW-Authenticate", "").partition(" ")[0].lower()
    return Probe(
        intermediary=Response(answer).intermediary,
        status=answer.status_code,
        challenge=challenge or None,
        date=http_date(answer.headers.get("Date", "")),
        asked_at=datetime.fromtimestamp(begun.timestamp() + half, UTC),
    )
