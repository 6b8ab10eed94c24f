"""How a request proves who makes it: HTTP digest, HTTP basic, or a service account's bearer token."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final

import httpx

from ..api.conditions import Reason
from .credentials import ApiKey, BasicKey, Credentials, ServiceAccount
from .errors import RateLimited, ServiceError, Unavailable
from .response import Response


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Where service accounts get their tokens (OAuth client credentials, RFC 6749 section 4.4)."""

    name: str
    """As messages name it: "Atlas' token endpoint"."""
    path: str
    error_of: Callable[[Response], ServiceError]
    """Return the error for an answer other than 200."""
    is_about_role: Callable[[Response], bool]
    """Whether a 401 of the API is about what the account may do, so that a new token does not help."""
    unavailable: Reason
    """The reason where the endpoint gives no usable answer."""
    lifetime: float = 3600.0
    """Seconds that a token lives where the answer does not say: OAuth leaves that open."""


def _no_answer(error: Exception) -> str:
    return f"no answer ({type(error).__name__})"


class TokenSource:
    """The live token of a service account. All requests share it.

    A service limits new and live tokens (Atlas: 50 new ones a minute, 100 live ones for each account), so the source
    uses a token until it is near its end. If the service refuses a token that it accepted before, the source replaces
    it at once. If the service never accepted it, the source replaces it at most every five minutes.

    Only one token request is under way at a time. All callers that come meanwhile get its result or its failure.
    """

    _SHORTEST_LIFE: Final = 300.0
    """Seconds before the source replaces a token that the service never accepted."""
    _PAUSE: Final = 10.0
    """Seconds without a token request after a 429 that does not say how long to wait."""
    _LAST_WORD: Final = 3.0
    """Seconds that a cancelled token request is given to end."""

    def __init__(
        self,
        account: ServiceAccount,
        client: httpx.AsyncClient,
        endpoint: TokenEndpoint,
        *,
        no_answer: Callable[[Exception], str] = _no_answer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account, self._client, self._endpoint, self._clock = account, client, endpoint, clock
        self._no_answer = no_answer
        self._request: asyncio.Task[str] | None = None
        self._token: str | None = None
        self._accepted = False
        self._requested_at = self._good_until = self._limited_until = 0.0
        self._limit = ""
        """The message of the last 429."""

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the source replaces the token; None without one."""
        return None if self._token is None else max(0.0, self._good_until - self._clock())

    async def token(self, *, refused: str | None = None) -> str:
        """Return a live token; in place of `refused` a new one, where that helps.

        Raises
        ------
        ServiceError
            The token request failed.
        """
        if self._request is None:
            if self._token is not None and not self._is_due(refused):
                return self._token
            self._request = asyncio.create_task(self._fetch(), name="token request")
            self._request.add_done_callback(self._finished)
        request = self._request
        try:
            # A caller that is cancelled leaves the request to the others.
            return await asyncio.shield(request)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if request.cancelled() and task is not None and not task.cancelling():
                raise self._unavailable("was not asked: its client is closed") from None
            raise

    def accepted(self, token: str) -> None:
        """Note that the service accepted a token."""
        self._accepted = self._accepted or token == self._token

    async def aclose(self) -> None:
        """End the token request that is under way."""
        if self._request is not None:
            self._request.cancel()
            await asyncio.wait([self._request], timeout=self._LAST_WORD)

    def _is_due(self, refused: str | None) -> bool:
        now = self._clock()
        worth_it = self._accepted or now - self._requested_at >= self._SHORTEST_LIFE
        return now >= self._good_until or (refused is not None and refused == self._token and worth_it)

    def _finished(self, request: asyncio.Task[str]) -> None:
        self._request = None
        if not request.cancelled():
            request.exception()  # retrieved, also where nobody waits any more

    async def _fetch(self) -> str:
        requested_at = self._clock()
        if requested_at < self._limited_until:
            raise RateLimited(self._limit, retry_after=self._limited_until - requested_at)
        try:
            answer = await self._client.post(
                self._endpoint.path,
                data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
                auth=(self._account.client_id, self._account.client_secret),
            )
        except Exception as error:  # noqa: BLE001  # the text can quote headers
            raise self._unavailable(f"failed: {self._no_answer(error)}") from None
        response = Response(answer)
        if response.status != 200:
            if response.intermediary is not None:
                raise self._unavailable(f"failed: {response.intermediary}")
            failure = self._endpoint.error_of(response)
            if isinstance(failure, RateLimited):
                pause = self._PAUSE if failure.retry_after is None else failure.retry_after
                self._limit, self._limited_until = str(failure), requested_at + pause
            raise failure
        token, lifetime = self._read(response)
        self._token, self._requested_at, self._accepted = token, requested_at, False
        self._good_until = requested_at + lifetime - min(60.0, lifetime * 0.2)
        return token

    def _read(self, response: Response) -> tuple[str, float]:
        try:
            body = response.json()
            token, lifetime = body["access_token"], body.get("expires_in")
            lifetime = self._endpoint.lifetime if lifetime is None else float(lifetime)
        except (ValueError, TypeError, KeyError, AttributeError):
            token, lifetime = None, 0.0
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            # Neither chained nor quoted: the answer may hold a token.
            raise self._unavailable("gave an answer without a token")
        return token, lifetime

    def _unavailable(self, problem: str) -> Unavailable:
        return Unavailable(f"{self._endpoint.name} {problem}.", reason=self._endpoint.unavailable)


class BearerAuth(httpx.Auth):
    """Signs requests with a service account's token."""

    def __init__(self, source: TokenSource, is_about_role: Callable[[Response], bool]) -> None:
        self._source, self._is_about_role = source, is_about_role

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token; if the service refuses the token, send it once more with a new one."""
        token = await self._source.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != 401:
            self._source.accepted(token)
            return
        await response.aread()
        if self._is_about_role(Response(response)):
            return
        renewed = await self._source.token(refused=token)
        if renewed != token:
            request.headers["Authorization"] = f"Bearer {renewed}"
            response = yield request
            if response.status_code != 401:
                self._source.accepted(renewed)


class Authenticator:
    """Signs the requests of one set of credentials."""

    def __init__(self, make: Callable[[], httpx.Auth], tokens: TokenSource | None = None) -> None:
        self._make, self._tokens = make, tokens
        self._idle: list[httpx.Auth] = []

    def acquire(self) -> httpx.Auth:
        """Return what signs one request. Nobody else gets it before `release`.

        A digest nonce belongs to one request at a time: a server may insist that its count only rises.
        """
        return self._idle.pop() if self._idle else self._make()

    def release(self, auth: httpx.Auth) -> None:
        """Give back what signed a request that was answered."""
        self._idle.append(auth)

    @property
    def token_seconds_left(self) -> float | None:
        """Seconds until the service account's token is replaced; None without a token."""
        return None if self._tokens is None else self._tokens.seconds_left

    async def aclose(self) -> None:
        """End the token request that is under way."""
        if self._tokens is not None:
            await self._tokens.aclose()


def authenticator(
    credentials: Credentials,
    client: httpx.AsyncClient,
    endpoint: TokenEndpoint | None = None,
    *,
    no_answer: Callable[[Exception], str] = _no_answer,
    clock: Callable[[], float] = time.monotonic,
) -> Authenticator:
    """Return what signs the requests of these credentials; `client` requests tokens from `endpoint`.

    `no_answer` says why a token request failed, for messages.

    Raises
    ------
    ValueError
        The credentials are a service account, and the service has no token endpoint.
    """
    match credentials:
        case ApiKey(public_key, private_key):
            return Authenticator(lambda: httpx.DigestAuth(public_key, private_key))
        case BasicKey(api_key, api_secret):
            return Authenticator(lambda: httpx.BasicAuth(api_key, api_secret))
        case ServiceAccount():
            if endpoint is None:
                raise ValueError("This service has no token endpoint.")
            source = TokenSource(credentials, client, endpoint, no_answer=no_answer, clock=clock)
            bearer = BearerAuth(source, endpoint.is_about_role)
            return Authenticator(lambda: bearer, source)
