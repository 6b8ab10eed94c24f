"""How a request proves who makes it: HTTP digest, or a bearer token of a service account."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable

import httpx

from .answers import ApiError, retry_after
from .credentials import ApiKey, Credentials, ServiceAccount
from .errors import AtlasUnavailable, CredentialsInvalid, RateLimited

TOKEN_PATH = "/api/oauth/token"  # noqa: S105  # a path


def authentication(credentials: Credentials, token_client: httpx.AsyncClient) -> Callable[[], httpx.Auth]:
    """Return a maker of what signs the requests of these credentials; `token_client` fetches tokens."""
    match credentials:
        case ApiKey(public_key, private_key):
            return lambda: httpx.DigestAuth(public_key, private_key)
        case ServiceAccount():
            bearer = BearerAuth(TokenSource(credentials, token_client))
            return lambda: bearer


class TokenSource:
    """The one live token of a service account.

    Atlas allows 100 live tokens an account and 50 new ones a minute: a token is used until it is near
    its end. One that is refused is replaced at once if it was good before, and else at most every few minutes.
    """

    _SHORTEST_LIFE = 300.0
    """Seconds before a token that was never good is replaced by another."""
    _LIFE = 3600.0
    """Seconds that Atlas' tokens live, where an answer does not say: OAuth leaves that open (RFC 6749, 5.1)."""
    _PATIENCE = 10.0
    """Seconds without a request where the endpoint wants fewer, but does not say for how long."""

    def __init__(
        self,
        account: ServiceAccount,
        client: httpx.AsyncClient,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._account, self._client, self._clock = account, client, clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._was_good = False
        self._made_at = self._good_until = self._limited_until = 0.0
        self._limit = ""
        """What was said when the endpoint last wanted fewer requests."""

    @property
    def seconds_left(self) -> float | None:
        """Until the token is replaced; None without one."""
        return None if self._token is None else max(0.0, self._good_until - self._clock())

    async def token(self, *, refused: str | None = None) -> str:
        """Return a live token, a new one in place of `refused` where that helps.

        Raises
        ------
        CredentialsInvalid, RateLimited, AtlasUnavailable
        """
        async with self._lock:
            now = self._clock()
            fresh = self._token is not None and now < self._good_until
            worth_it = self._was_good or now - self._made_at >= self._SHORTEST_LIFE
            replaced = refused is not None and refused == self._token and worth_it
            if self._token is None or not fresh or replaced:
                await self._fetch()
            assert self._token is not None  # noqa: S101  # for the type checker: _fetch sets it or raises
            return self._token

    def good(self, token: str) -> None:
        """Note that Atlas took a token."""
        self._was_good = self._was_good or token == self._token

    async def _fetch(self) -> None:
        asked_at = self._clock()
        if asked_at < self._limited_until:
            raise RateLimited(self._limit, retry_after=self._limited_until - asked_at)
        try:
            response = await self._client.post(
                TOKEN_PATH,
                data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
                auth=(self._account.client_id, self._account.client_secret),
            )
        except httpx.HTTPError as error:
            raise AtlasUnavailable(f"Atlas' token endpoint did not answer ({type(error).__name__}).") from None
        if response.status_code != 200:
            refusal = self._refusal(response)
            if isinstance(refusal, RateLimited):
                pause = self._PATIENCE if refusal.retry_after is None else refusal.retry_after
                self._limit, self._limited_until = str(refusal), asked_at + pause
            raise refusal
        try:
            body = json.loads(response.content)
            token, lifetime = body["access_token"], body.get("expires_in")
            lifetime = self._LIFE if lifetime is None else float(lifetime)
        except (ValueError, TypeError, KeyError, AttributeError):
            token, lifetime = None, 0.0
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            # Not chained, nor quoted: the answer may hold a token.
            raise AtlasUnavailable("Atlas' token endpoint gave an answer without a token.")
        self._token, self._made_at, self._was_good = token, asked_at, False
        self._good_until = asked_at + lifetime - min(60.0, lifetime * 0.2)

    def _refusal(self, response: httpx.Response) -> Exception:
        error = ApiError.read(response)
        if response.status_code == 429:
            return RateLimited(f"Atlas limits new tokens: {error.words}.", retry_after=retry_after(response))
        if response.status_code == 403:
            # The cap of live tokens: passes when some of them expire.
            return RateLimited(f"Atlas gives no further token: {error.words}.")
        if 400 <= response.status_code < 500:
            return CredentialsInvalid(f"Atlas does not accept the service account: {error.words}; check the Secret.")
        return AtlasUnavailable(f"Atlas' token endpoint failed: {error.words}.")


class BearerAuth(httpx.Auth):
    """Signs requests with a service account's token."""

    def __init__(self, source: TokenSource) -> None:
        self.source = source

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send with the token; when that is refused as such, once more with a new one."""
        token = await self.source.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != 401:
            self.source.good(token)
            return
        await response.aread()
        if ApiError.read(response).code in ("USER_UNAUTHORIZED", "NOT_IN_GROUP", "USER_CANNOT_ACCESS_GROUP"):
            return  # about a role, not about the token
        renewed = await self.source.token(refused=token)
        if renewed != token:
            request.headers["Authorization"] = f"Bearer {renewed}"
            response = yield request
            if response.status_code != 401:
                self.source.good(renewed)
