"""Credentials from Secrets. The operator reads Secrets by name when it needs them, and never lists or watches them."""

import asyncio
import base64
import binascii
import logging
from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass
from typing import Any

from ..kube.api import KubernetesApi, KubernetesError, path_segment
from ..polling.poll import SecretKey
from ..scheduling.clock import SYSTEM_CLOCK, Clock
from ..transport.credentials import Credentials, IncompleteCredentialsError, SecretFormat
from ..transport.oddities import oddity, tidied
from .default_credentials import DefaultCredentials

logger = logging.getLogger(__name__)


class CredentialsMissing(Exception):  # noqa: N818  # named after the condition's reason
    """There are no credentials. The text names the Secret and the keys that it needs."""


@dataclass(slots=True)
class _Entry:
    read_at: float
    credentials: Credentials | None
    """The credentials as last read. They stay after the Secret is deleted, for deletions that need them."""
    missing: str | None = None
    oddities: str = ""
    """Suspicious values, in words."""
    refused: bool = False
    """The API server refused to read it again."""


class CredentialStore:
    """Cache of credentials. It reads them again when they are too old."""

    def __init__(
        self,
        api: KubernetesApi,
        formats: Mapping[str, SecretFormat],
        default: DefaultCredentials,
        *,
        max_age: float,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._api, self._formats, self._default = api, formats, default
        self._max_age, self._clock = max_age, clock
        self._entries: dict[SecretKey, _Entry] = {}
        self._reading: dict[SecretKey, asyncio.Lock] = {}

    def secret_for(self, service: str, namespace: str, name: str | None) -> SecretKey:
        """Return the Secret with an object's credentials; `name`: the name in its spec.

        Raises
        ------
        CredentialsMissing
            The object names no Secret, and may not use the default credentials.
        """
        if name is not None:
            return SecretKey(namespace, name, service)
        secret = self._default.for_namespace(namespace)
        if secret is None or secret.service != service:
            raise CredentialsMissing(
                "Set spec.credentialsSecretRef: the operator has no default credentials "
                f"for objects of namespace {namespace}."
            )
        return secret

    async def read(self, secret: SecretKey, *, at_once: bool = False) -> Credentials:
        """Return the credentials in a Secret, at most `max_age` old; `at_once`: read them now.

        Raises
        ------
        CredentialsMissing
            The Secret is absent or its keys are incomplete.
        KubernetesError
            The Secret could not be read now, and never was before.
        """
        asked_at = self._clock.monotonic()
        async with self._reading.setdefault(secret, asyncio.Lock()):
            entry = self._entries.get(secret)
            oldest = asked_at if at_once else asked_at - self._max_age
            if entry is None or entry.read_at <= oldest:
                entry = await self._refresh(secret, entry)
        if entry.missing is not None or entry.credentials is None:
            raise CredentialsMissing(entry.missing or f"Secret {secret} has not been read.")
        return entry.credentials

    async def read_to_delete(self, secret: SecretKey, *, at_once: bool = False) -> tuple[Credentials, bool]:
        """Return credentials for a deletion, and whether they are cached because the Secret is gone.

        Kubernetes deletes a namespace in no particular order: the Secret may go before the objects that need it.
        Raises as `read` does.
        """
        try:
            return await self.read(secret, at_once=at_once), False
        except CredentialsMissing:
            last = self._entries.get(secret)
            if last is None or last.credentials is None:
                raise
            return last.credentials, True

    def oddities(self, secret: SecretKey) -> str:
        """Return the suspicious values of a Secret, in words; empty: there are none."""
        entry = self._entries.get(secret)
        return entry.oddities if entry else ""

    def by_fingerprint(self, fingerprint: str) -> Credentials | None:
        """Return the cached credentials with this fingerprint, if there are any."""
        known = (entry.credentials for entry in self._entries.values())
        return next((one for one in known if one is not None and one.fingerprint == fingerprint), None)

    async def still_current(self, secret: SecretKey, fingerprint: str, at_once: bool) -> bool:
        """Return whether the Secret still contains these credentials; True also if it cannot be read."""
        try:
            return (await self.read(secret, at_once=at_once)).fingerprint == fingerprint
        except CredentialsMissing:
            return False
        except KubernetesError as error:
            logger.warning("Secret %s could not be read again: %s", secret, error)
            return True

    def keep_only(self, in_use: Collection[SecretKey]) -> frozenset[str]:
        """Forget all other Secrets; return the remaining fingerprints."""
        self._entries = {secret: entry for secret, entry in self._entries.items() if secret in in_use}
        self._reading = {secret: lock for secret, lock in self._reading.items() if secret in in_use or lock.locked()}
        found = (entry.credentials for entry in self._entries.values())
        return frozenset(one.fingerprint for one in found if one is not None)

    async def _refresh(self, secret: SecretKey, entry: _Entry | None) -> _Entry:
        read_at, before = self._clock.monotonic(), entry.credentials if entry else None
        credentials, missing, refused, oddities = before, None, False, ""
        wanted = self._formats[secret.service]
        try:
            name = path_segment(secret.name)
            body = await self._api.get(f"/api/v1/namespaces/{secret.namespace}/secrets/{name}")
            data = decoded(body)
            credentials = wanted.parse(data)
            oddities = oddities_of(data, credentials)
        except IncompleteCredentialsError as error:
            missing = f"Secret {secret} {error}."
        except KubernetesError as error:
            if error.gone:
                missing = f"Secret {secret} does not exist; it needs the keys {wanted.keys}."
            elif error.status == 403 and (before is None or entry is None or entry.refused):
                refused = True
                missing = f"The operator may not read Secret {secret}; let its ServiceAccount get it."
            elif entry is not None:
                # For a moment after its start, an API server knows no roles, so a single refusal does not count.
                logger.warning("Secret %s could not be read again: %s", secret, error)
                entry.read_at, entry.refused = read_at, entry.refused or error.status == 403
                return entry
            else:
                raise
        if before is not None and credentials is not None and before.fingerprint != credentials.fingerprint:
            logger.info("Secret %s holds new credentials", secret)
        fresh = self._entries[secret] = _Entry(read_at, credentials, missing, oddities, refused)
        return fresh


def decoded(body: dict[str, Any]) -> dict[str, str]:
    """Decode a Secret's data. Invalid UTF-8 becomes replacement characters, so that a later check names the key."""
    fields = {}
    for key, value in (body.get("data") or {}).items():
        try:
            fields[key] = tidied(base64.b64decode(value, validate=True).decode(errors="replace"))
        except (binascii.Error, TypeError, ValueError):
            continue
    return fields


def oddities_of(data: Mapping[str, str], credentials: Credentials) -> str:
    """Describe the suspicious values in the credentials."""
    used = astuple(credentials)
    found = ((key, oddity(value)) for key, value in data.items() if value in used)
    return ", and ".join(f"the value of {key} {looks}" for key, looks in found if looks)
