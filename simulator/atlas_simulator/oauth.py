"""Service accounts' tokens: ``POST /api/oauth/token`` and ``/api/oauth/revoke``.

Errors have the form of OAuth (RFC 6749). Only the rate limit is an ``ApiError`` (Terraform provider guide; MongoDB
documentation of remote MCP rate limits).
"""

import re
import secrets
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import parse_qsl

from atlas_simulator.basic_credentials import basic_credentials
from atlas_simulator.clock import Clock
from atlas_simulator.directory import Directory, Principal, PrincipalKind
from atlas_simulator.messages import Answer, Refused, Request, json_answer, refusal
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.settings import Settings

TOKEN_PATH = "/api/oauth/token"  # noqa: S105 (a path)
REVOKE_PATH = "/api/oauth/revoke"
_FORM = "application/x-www-form-urlencoded"
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class _Token:
    client_id: str
    expires: float


class TokenService:
    """Mints, checks and revokes tokens."""

    def __init__(self, settings: Settings, clock: Clock, directory: Directory) -> None:
        self._settings = settings
        self._clock = clock
        self._directory = directory
        self._tokens: dict[str, _Token] = {}
        self._requests: dict[tuple[str, str], list[float]] = defaultdict(list)

    def operations(self) -> list[Operation]:
        """Return the operations ``token`` and ``revoke``."""
        return [
            Operation("token", "POST", re.compile(re.escape(TOKEN_PATH)), self.authenticate_client, self._mint),
            Operation("revoke", "POST", re.compile(re.escape(REVOKE_PATH)), self.authenticate_client, self._revoke),
        ]

    def bearer(self, token: str) -> Principal | None:
        """Return the service account of a token, or ``None`` when the token is unknown or expired."""
        found = self._tokens.get(token)
        if found is None or found.expires <= self._clock.now():
            return None
        return self._directory.find(found.client_id, PrincipalKind.SERVICE_ACCOUNT)

    def expire_tokens(self, client_id: str | None = None) -> int:
        """Expire the live tokens of one service account, or of all, and return how many."""
        expired = [text for text, token in self._tokens.items() if client_id in (None, token.client_id)]
        for text in expired:
            del self._tokens[text]
        return len(expired)

    def authenticate_client(self, request: Request) -> Principal:
        """Return the service account of the Basic credentials; raises the 401 or 429."""
        client_id, secret = basic_credentials(request)
        self._limit(request, client_id)
        principal = self._directory.find(client_id, PrincipalKind.SERVICE_ACCOUNT)
        if principal is None or secret not in principal.secrets:
            raise _refused(401, "invalid_client", "Invalid credentials provided.")
        return principal

    def _limit(self, request: Request, client_id: str) -> None:
        allowed = self._settings.tokens.requests_per_minute
        now = self._clock.now()
        recent = [time for time in self._requests[request.address, client_id] if time > now - _MINUTE]
        self._requests[request.address, client_id] = recent
        if len(recent) >= allowed:
            raise refusal(
                429,
                "RATE_LIMITED",
                f"Resource {request.path} is limited to {allowed} requests every 1 minutes.",
                parameters=[request.path, allowed, 1],
            )
        recent.append(now)

    def _mint(self, inbound: Inbound) -> Answer:
        form = _form(inbound.request)
        grant = form.get("grant_type")
        if grant is None:
            raise _refused(400, "invalid_request", "The parameter grant_type is missing.")
        if grant != "client_credentials":
            raise _refused(400, "unsupported_grant_type", "Only client_credentials is supported.")
        principal = inbound.authenticated
        now = self._clock.now()
        self._tokens = {text: token for text, token in self._tokens.items() if token.expires > now}
        settings = self._settings.tokens
        if sum(token.client_id == principal.id for token in self._tokens.values()) >= settings.live_limit:
            raise _refused(
                403,
                "access_denied",
                "Access Token limit reached. Please use the existing Access Tokens or create a new Service Account.",
            )
        text = secrets.token_urlsafe(32)
        self._tokens[text] = _Token(principal.id, now + settings.lifetime_seconds)
        return json_answer(
            200,
            {"access_token": text, "expires_in": settings.lifetime_seconds, "token_type": "Bearer"},
            {"Cache-Control": "no-store"},
        )

    def _revoke(self, inbound: Inbound) -> Answer:
        text = _form(inbound.request).get("token")
        if text is None:
            raise _refused(400, "invalid_request", "The parameter token is missing.")
        found = self._tokens.get(text)
        if found is not None and found.client_id == inbound.authenticated.id:
            del self._tokens[text]
        return Answer(200, content_type=None)


def _form(request: Request) -> dict[str, str]:
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
        raise _refused(400, "invalid_request", f"Content-Type must be {_FORM}.")
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _refused(status: int, error: str, description: str) -> Refused:
    headers = {"WWW-Authenticate": 'Basic realm="oauth"'} if status == 401 else {}
    return Refused(json_answer(status, {"error": error, "error_description": description}, headers))
