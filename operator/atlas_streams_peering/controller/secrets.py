"""Credentials out of Secrets: read by name when they are needed, never listed or watched."""

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..atlas.secrets import IncompleteCredentialsError, read_credentials
from ..kube.api import KubernetesApi, KubernetesError, path_segment
from ..transport.credentials import Credentials

logger = logging.getLogger(__name__)


class SecretName(NamedTuple):
    """Where a Secret is."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class CredentialsMissing(Exception):  # noqa: N818  # named after the condition's reason
    """There are no credentials; the text says which Secret and which keys are wanted."""


@dataclass(frozen=True, slots=True)
class DefaultCredentials:
    """The operator's own credentials, and the namespaces that may use them."""

    secret: SecretName | None = None
    namespaces: Collection[str] = ()
    """Names; ``*``: all; empty: none."""

    def for_namespace(self, namespace: str) -> SecretName | None:
        """Return the Secret, if objects of this namespace may use it."""
        allowed = "*" in self.namespaces or namespace in self.namespaces
        return self.secret if allowed else None


@dataclass(slots=True)
class _Entry:
    read_at: float
    credentials: Credentials | None
    """As last read; kept when the Secret goes, for the deletions that still need them."""
    missing: str | None = None
    refused: bool = False
    """Reading it again was refused, once."""


class CredentialStore:
    """Credentials as last read, read again when that was too long ago."""

    def __init__(
        self,
        api: KubernetesApi,
        default: DefaultCredentials,
        *,
        max_age: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api, self._default, self._max_age, self._clock = api, default, max_age, clock
        self._entries: dict[SecretName, _Entry] = {}
        self._reading: dict[SecretName, asyncio.Lock] = {}

    def secret_for(self, namespace: str, reference: str | None) -> SecretName:
        """Return which Secret holds an object's credentials.

        Raises
        ------
        CredentialsMissing
            The object names none, and has no share in the operator's own.
        """
        if reference is not None:
            return SecretName(namespace, reference)
        secret = self._default.for_namespace(namespace)
        if secret is None:
            raise CredentialsMissing(
                "Set spec.credentialsSecretRef: the operator has no default credentials "
                f"for objects of namespace {namespace}."
            )
        return secret

    async def read(self, secret: SecretName, *, at_once: bool = False) -> Credentials:
        """Return the credentials in a Secret, at most `max_age` old.

        Raises
        ------
        CredentialsMissing
            The Secret is absent or its keys are incomplete.
        KubernetesError
            It could not be read, and never was before.
        """
        asked_at = self._clock()
        async with self._reading.setdefault(secret, asyncio.Lock()):
            entry = self._entries.get(secret)
            oldest = asked_at if at_once else asked_at - self._max_age
            if entry is None or entry.read_at <= oldest:
                entry = await self._refresh(secret, entry)
        if entry.missing is not None or entry.credentials is None:
            raise CredentialsMissing(entry.missing or f"Secret {secret} has not been read.")
        return entry.credentials

    async def read_to_delete(self, secret: SecretName, *, at_once: bool = False) -> tuple[Credentials, bool]:
        """Return credentials for a deletion, and whether the Secret is gone and they are those last read.

        A namespace is deleted in no order: the Secret may go before the objects that need it.
        Raises as `read` does.
        """
        try:
            return await self.read(secret, at_once=at_once), False
        except CredentialsMissing:
            last = self.last_read(secret)
            if last is None:
                raise
            return last, True

    def last_read(self, secret: SecretName) -> Credentials | None:
        """Return credentials that were once read, also when the Secret is gone since."""
        entry = self._entries.get(secret)
        return entry.credentials if entry else None

    def by_fingerprint(self, fingerprint: str) -> Credentials | None:
        """Return these credentials, if a Secret was last read with them."""
        known = (entry.credentials for entry in self._entries.values())
        return next((one for one in known if one is not None and one.fingerprint == fingerprint), None)

    async def still_current(self, secret: tuple[str, str], fingerprint: str, at_once: bool) -> bool:
        """Does the Secret still hold the credentials with this fingerprint? Not being able to tell counts as yes."""
        try:
            return (await self.read(SecretName(*secret), at_once=at_once)).fingerprint == fingerprint
        except CredentialsMissing:
            return False
        except KubernetesError as error:
            logger.warning("Secret %s could not be read again: %s", SecretName(*secret), error)
            return True

    async def _refresh(self, secret: SecretName, entry: _Entry | None) -> _Entry:
        read_at, before = self._clock(), entry.credentials if entry else None
        credentials, missing = before, None
        try:
            name = path_segment(secret.name)
            body = await self._api.get(f"/api/v1/namespaces/{secret.namespace}/secrets/{name}")
            credentials = read_credentials(_decoded(body))
        except IncompleteCredentialsError as error:
            missing = f"Secret {secret} {error}."
        except KubernetesError as error:
            if error.gone:
                missing = (
                    f"Secret {secret} does not exist; it needs the keys publicApiKey and privateApiKey, "
                    "or clientId and clientSecret."
                )
            elif error.status == 403 and (before is None or entry is None or entry.refused):
                missing = f"The operator may not read Secret {secret}; let its ServiceAccount get it."
            elif entry is not None:
                # An API server that has only just started knows no roles for a moment: one refusal says nothing yet.
                logger.warning("Secret %s could not be read again: %s", secret, error)
                entry.read_at, entry.refused = read_at, entry.refused or error.status == 403
                return entry
            else:
                raise
        if before is not None and credentials is not None and before.fingerprint != credentials.fingerprint:
            logger.info("Secret %s holds new credentials", secret)
        fresh = self._entries[secret] = _Entry(read_at, credentials, missing)
        return fresh


def _decoded(body: dict[str, Any]) -> dict[str, str]:
    """Decode a Secret's data; what is no text is left out."""
    decoded = {}
    for key, value in (body.get("data") or {}).items():
        try:
            decoded[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, TypeError, ValueError):
            continue
    return decoded
