"""The Atlas Admin API, as far as it is needed: each call typed, timed out, and within the project's budget."""

import asyncio
import json
import platform
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from .. import __version__
from .answers import error_of, project_error, retry_after
from .auth import BearerAuth, authentication
from .budget import RateBudget
from .credentials import Credentials, ServiceAccount
from .errors import AtlasError, AtlasUnavailable, HeldBack, PassingError, RateLimited, RequestRefused
from .models import Connection

PAGE_SIZE: Final = 500
"""Rows a page: the most Atlas gives."""

_MOST_PAGES: Final = 200
_ATTEMPTS: Final = 3
_LOOKS_AT_ONCE: Final = 8
"""Looks of one project that may be under way: one that hangs must not take all connections from the others."""

_LONGEST_WAIT: Final = 20.0
"""Seconds that a look waits for Atlas' rate limit before it counts as failed."""

_VERSION_2023_02_01: Final = "application/vnd.atlas.2023-02-01+json"
_READ_ROLE: Final = "Project Read Only"
_CHANGE_ROLE: Final = "Project Stream Processing Owner"

USER_AGENT: Final = (
    f"atlas-streams-peering/{__version__} ({platform.system().lower()}; {platform.machine().lower() or 'unknown'})"
)

Observer = Callable[[str, str, int | None, float], None]
"""Told of each request: operation, project, HTTP status (None: no answer), seconds."""


def _ignore(_operation: str, _project: str, _status: int | None, _seconds: float) -> None: ...


def _ignore_retry(_operation: str) -> None: ...


def _always() -> bool:
    return True


@dataclass
class Atlas:
    """Atlas behind one base URL: hands out sessions, and keeps one budget per project."""

    base_url: str
    observer: Observer = _ignore
    retrying: Callable[[str], None] = _ignore_retry
    """Told of each look that is tried again, by operation."""
    may_change: Callable[[], bool] = _always
    """Asked as the first byte of a change is about to be sent: whoever waits for a token or a connection may have
    lost the right to make it meanwhile."""
    timeout: httpx.Timeout = field(default_factory=lambda: httpx.Timeout(15.0, connect=5.0, pool=30.0))
    budgets: dict[str, RateBudget] = field(default_factory=dict)
    _looking: dict[str, asyncio.Semaphore] = field(default_factory=dict, init=False)
    _sessions: dict[str, "Session"] = field(default_factory=dict, init=False)
    _tls: ssl.SSLContext = field(default_factory=httpx.create_ssl_context, init=False)

    def session(self, credentials: Credentials) -> "Session":
        """Return the session of these credentials; the same ones share it."""
        session = self._sessions.get(credentials.fingerprint)
        if session is None:
            client = httpx.AsyncClient(
                base_url=self.base_url,
                headers={"User-Agent": USER_AGENT},
                timeout=self.timeout,
                # Bounded by project, not by credentials: one key may serve many projects.
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
                verify=self._tls,
            )
            session = self._sessions[credentials.fingerprint] = Session(self, client, credentials)
        return session

    def budget(self, project_id: str) -> RateBudget:
        """Return the rate budget of a project."""
        return self.budgets.setdefault(project_id, RateBudget())

    def looking(self, project_id: str) -> asyncio.Semaphore:
        """Return what a look at a project is to be made under."""
        return self._looking.setdefault(project_id, asyncio.Semaphore(_LOOKS_AT_ONCE))

    def tokens(self) -> dict[str, float]:
        """Return the seconds left of each service account's token, by client ID."""
        sessions = ((one.client_id, one.token_seconds_left) for one in self._sessions.values())
        return {client_id: left for client_id, left in sessions if client_id is not None and left is not None}

    async def forget(self, fingerprint: str) -> None:
        """Close the session of credentials that are no longer used."""
        session = self._sessions.pop(fingerprint, None)
        if session is not None:
            await session.aclose()

    async def aclose(self) -> None:
        """Close all sessions."""
        for fingerprint in list(self._sessions):
            await self.forget(fingerprint)


class Session:
    """Calls to Atlas with one set of credentials.

    Every call raises `AtlasError`. A look is tried a few times; a change is asked once, because an
    answer that was lost does not mean that nothing happened.
    """

    def __init__(self, atlas: Atlas, client: httpx.AsyncClient, credentials: Credentials) -> None:
        self._atlas, self._client, self._credentials = atlas, client, credentials
        self._authentication = authentication(credentials, client)
        self._idle: list[httpx.Auth] = []

    @property
    def client_id(self) -> str | None:
        """The service account; None for API keys."""
        return self._credentials.client_id if isinstance(self._credentials, ServiceAccount) else None

    @property
    def token_seconds_left(self) -> float | None:
        """Life of the service account's token; None for API keys, or before the first."""
        auth = self._idle[-1] if self._idle else None
        return auth.source.seconds_left if isinstance(auth, BearerAuth) else None

    async def list_connections(self, project_id: str, requester_account_id: str) -> list[dict[str, Any]]:
        """List the inbound connections that come from an AWS account, as Atlas' own JSON, one row a name.

        ``GET …/streams/vpcPeeringConnections``; `requesterAccountId` is required there.
        """
        rows: dict[str, dict[str, Any]] = {}
        for page in range(1, _MOST_PAGES + 1):
            body = await self._look(
                project_id,
                "streams/vpcPeeringConnections",
                operation="listVpcPeeringConnections",
                doing="list connections",
                params={
                    "requesterAccountId": requester_account_id,
                    "itemsPerPage": PAGE_SIZE,
                    "pageNum": page,
                },
            )
            results = body.get("results") if isinstance(body, dict) else None
            if not isinstance(results, list):
                raise AtlasUnavailable("Atlas could not list connections: the answer has no list of results.")
            # A row may move from one page to the next between two calls: the later one counts.
            named = [row for row in results if isinstance(row, dict) and _is_text(row.get("name"))]
            # The list is of this account: a row that leaves it out is of it all the same.
            account = {"requesterAccountId": requester_account_id}
            rows.update({row["name"]: row if row.get("requesterAccountId") else row | account for row in named})
            if not results or (len(results) < PAGE_SIZE and not _names_a_next_page(body)):
                return list(rows.values())
        raise AtlasUnavailable(f"Atlas could not list connections: more than {_MOST_PAGES} pages.")

    async def accept(self, project_id: str, connection: Connection) -> None:
        """Ask for the acceptance of a pending connection; the body tells Atlas whose request is meant."""
        await self._change(
            "POST",
            project_id,
            f"{_path(connection)}:accept",
            operation="acceptVpcPeeringConnection",
            doing=f"accept {connection.name}",
            content={
                "requesterAccountId": connection.requester_account_id,
                "requesterVpcId": connection.requester_vpc_id,
            },
        )

    async def reject(self, project_id: str, connection: Connection) -> None:
        """Ask for the rejection of a pending connection."""
        await self._change(
            "POST",
            project_id,
            f"{_path(connection)}:reject",
            operation="rejectVpcPeeringConnection",
            doing=f"reject {connection.name}",
        )

    async def delete(self, project_id: str, connection: Connection) -> None:
        """Ask for the deletion of a live connection."""
        await self._change(
            "DELETE",
            project_id,
            _path(connection),
            operation="deleteVpcPeeringConnection",
            doing=f"delete {connection.name}",
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _look(self, project_id: str, path: str, *, operation: str, doing: str, params: dict[str, Any]) -> Any:
        budget = self._atlas.budget(project_id)
        waited = 0.0
        failure: PassingError | None = None
        for attempt in range(1, _ATTEMPTS + 1):
            while (pause := budget.take(change=False)) > 0:
                waited += pause
                if waited > _LONGEST_WAIT:
                    raise failure or RateLimited("The rate budget of this project is used up.", retry_after=pause)
                await asyncio.sleep(pause + random.uniform(0, 0.1))  # noqa: S311
            try:
                async with self._atlas.looking(project_id):
                    response = await self._send(
                        "GET", project_id, path, operation=operation, doing=doing, role=_READ_ROLE, params=params
                    )
                return json.loads(response.content)
            except ValueError:
                failure = AtlasUnavailable(f"Atlas could not {doing}: the answer is not JSON.")
            except PassingError as error:
                failure = error
            if attempt < _ATTEMPTS:
                self._atlas.retrying(operation)
                await asyncio.sleep(random.uniform(0.5, 1.0) * 0.5 * 2**attempt)  # noqa: S311
        raise failure or AssertionError("unreachable")

    async def _change(
        self, method: str, project_id: str, path: str, *, operation: str, doing: str, content: Any = None
    ) -> None:
        await self._send(
            method,
            project_id,
            path,
            operation=operation,
            doing=doing,
            role=_CHANGE_ROLE,
            content=content,
            trace=self._hold_back,
        )

    async def _hold_back(self, step: str, _details: Mapping[str, Any]) -> None:
        """Send no change that may not be made any more: called by the transport at each of its steps."""
        if step.endswith("send_request_headers.started") and not self._atlas.may_change():
            raise HeldBack

    async def _send(
        self,
        method: str,
        project_id: str,
        path: str,
        *,
        operation: str,
        doing: str,
        role: str,
        params: dict[str, Any] | None = None,
        content: Any = None,
        trace: Callable[[str, Mapping[str, Any]], Awaitable[None]] | None = None,
    ) -> httpx.Response:
        headers = {"Accept": _VERSION_2023_02_01}
        if content is not None:
            headers["Content-Type"] = _VERSION_2023_02_01
        # A nonce belongs to one request at a time: a server may insist that its count only rises.
        auth = self._idle.pop() if self._idle else self._authentication()
        started = time.monotonic()
        status: int | None = None
        try:
            response = await self._client.request(
                method,
                f"/api/atlas/v2/groups/{quote(project_id, safe='')}/{path}",
                params=params,
                content=None if content is None else json.dumps(content),
                headers=headers,
                auth=auth,
                extensions=None if trace is None else {"trace": trace},
            )
            status = response.status_code
            self._idle.append(auth)
        except (AtlasError, HeldBack):
            raise
        except Exception as error:  # noqa: BLE001  # an odd challenge raises anything; the text can quote headers
            raise AtlasUnavailable(
                f"Atlas could not {doing}: no answer ({type(error).__name__}).", answered=False
            ) from None
        finally:
            self._atlas.observer(operation, project_id, status, time.monotonic() - started)
        self._keep_account(project_id, response)
        if response.is_success:
            return response
        failure: AtlasError = error_of(response, role=role, doing=doing)
        if isinstance(failure, RequestRefused) and method == "GET":
            failure = project_error(failure, response, project_id)
        pause = retry_after(response)
        if pause is None and isinstance(failure, RateLimited):
            pause = 10.0
        if pause is not None and isinstance(failure, PassingError):
            self._atlas.budget(project_id).close(pause + random.uniform(0, 0.5))  # noqa: S311
        raise failure

    def _keep_account(self, project_id: str, response: httpx.Response) -> None:
        self._atlas.budget(project_id).spend(len(response.history))  # challenges are requests too
        remaining = response.headers.get("RateLimit-Remaining", "")
        if remaining.isdecimal():
            self._atlas.budget(project_id).told(float(remaining))


def parse_connection(row: dict[str, Any]) -> Connection:
    """Read a row; a field that is not of its type counts as left out."""
    try:
        return Connection.model_validate(row)
    except ValidationError as error:
        wrong = {str(problem["loc"][0]) for problem in error.errors(include_input=False)}
        return Connection.model_validate({key: value for key, value in row.items() if key not in wrong})


def _path(connection: Connection) -> str:
    return f"streams/vpcPeeringConnections/{quote(connection.name, safe='')}"


def _names_a_next_page(body: dict[str, Any]) -> bool:
    """Tell whether Atlas gave fewer rows than it was asked for: what is missing must not be taken for gone."""
    links = body.get("links")
    return isinstance(links, list) and any(isinstance(link, dict) and link.get("rel") == "next" for link in links)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
