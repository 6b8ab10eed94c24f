"""HTTP digest authentication of API keys (RFC 2617 with ``qop=auth``, or RFC 2069 without).

Atlas uses the realm ``MMS Public API`` and MD5. The challenge is the line in the Atlas documentation, with one
exception: the documentation prints ``op="auth"``, and this module takes that for a misprint of ``qop="auth"``. A
setting restores the documented text.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from urllib.request import parse_http_list

from atlas_simulator.clock import Clock
from atlas_simulator.directory import Directory, Principal, PrincipalKind
from atlas_simulator.messages import Refused, Request, refusal
from atlas_simulator.settings import Settings

REALM = "MMS Public API"
_MANY_NONCES = 10_000
_OFFERED = {"qop": ' qop="auth",', "rfc2069": "", "documented": ' op="auth",'}


@dataclass
class _Nonce:
    issued: float
    with_qop: bool
    counts: set[str] = field(default_factory=set)
    """The nonce counts (``nc``) already used."""


class DigestAuthenticator:
    """Issues nonces and checks the clients' responses to them."""

    def __init__(self, settings: Settings, clock: Clock, directory: Directory) -> None:
        self._settings = settings
        self._clock = clock
        self._directory = directory
        self._nonces: dict[str, _Nonce] = {}

    def challenge(self, *, stale: bool = False) -> Refused:
        """Return the 401 that asks for digest authentication with a new nonce.

        The body has no ``errorCode``: logs of real answers have none, although the schema requires it.
        """
        settings = self._settings.digest
        now = self._clock.now()
        if len(self._nonces) >= _MANY_NONCES:
            limit = now - settings.nonce_seconds
            self._nonces = {text: nonce for text, nonce in self._nonces.items() if nonce.issued > limit}
        text = secrets.token_urlsafe(24)
        self._nonces[text] = _Nonce(now, with_qop=settings.challenge == "qop")
        header = (
            f'Digest realm="{REALM}", domain="", nonce="{text}", algorithm=MD5,'
            f"{_OFFERED[settings.challenge]} stale={'true' if stale else 'false'}"
        )
        return refusal(401, None, "You are not authorized for this resource.", headers={"WWW-Authenticate": header})

    def authenticate(self, request: Request, parameters_text: str) -> Principal:
        """Return the API key that signed this request; raises the 401 with a new challenge.

        Parameters
        ----------
        request
            The request that was signed.
        parameters_text
            The ``Authorization`` header after the word ``Digest``.
        """
        given = _parameters(parameters_text)
        nonce = self._nonces.get(given.get("nonce", ""))
        principal = self._directory.find(given.get("username", ""), PrincipalKind.API_KEY)
        if nonce is None or principal is None or not _well_formed(given, request, nonce):
            raise self.challenge()
        if not any(_response(given, request.method, secret) == given["response"] for secret in principal.secrets):
            raise self.challenge()
        if self._clock.now() - nonce.issued >= self._settings.digest.nonce_seconds:
            del self._nonces[given["nonce"]]
            raise self.challenge(stale=True)
        if nonce.with_qop:
            if given["nc"] in nonce.counts:
                raise self.challenge()
            nonce.counts.add(given["nc"])
        return principal


def _parameters(text: str) -> dict[str, str]:
    parameters = {}
    for item in parse_http_list(text):
        name, _, value = item.partition("=")
        parameters[name.strip().lower()] = value.strip().strip('"')
    return parameters


def _well_formed(given: dict[str, str], request: Request, nonce: _Nonce) -> bool:
    return (
        given.get("realm") == REALM
        and given.get("uri") == request.target
        and given.get("algorithm", "MD5").upper() == "MD5"
        and "response" in given
        and (given.get("qop") == "auth") == nonce.with_qop
        and (not nonce.with_qop or ("cnonce" in given and _is_count(given.get("nc", ""))))
    )


def _is_count(text: str) -> bool:
    return len(text) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _response(given: dict[str, str], method: str, secret: str) -> str:
    identity = _md5(f"{given['username']}:{REALM}:{secret}")
    action = _md5(f"{method}:{given['uri']}")
    if "qop" in given:
        return _md5(f"{identity}:{given['nonce']}:{given['nc']}:{given['cnonce']}:{given['qop']}:{action}")
    return _md5(f"{identity}:{given['nonce']}:{action}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
