"""Credentials for the services."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A programmatic API key: HTTP digest."""

    public_key: str
    private_key: str = field(repr=False)
    fingerprint: str = field(init=False, repr=False, compare=False)
    """A hash that identifies the credentials and does not show them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", _fingerprint("key", self.public_key, self.private_key))


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account: OAuth client credentials."""

    client_id: str
    client_secret: str = field(repr=False)
    fingerprint: str = field(init=False, repr=False, compare=False)
    """A hash that identifies the credentials and does not show them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", _fingerprint("account", self.client_id, self.client_secret))


@dataclass(frozen=True, slots=True)
class BasicKey:
    """An API key and its secret: HTTP basic."""

    api_key: str
    api_secret: str = field(repr=False)
    fingerprint: str = field(init=False, repr=False, compare=False)
    """A hash that identifies the credentials and does not show them."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", _fingerprint("basic", self.api_key, self.api_secret))


Credentials: TypeAlias = ApiKey | ServiceAccount | BasicKey


class IncompleteCredentialsError(ValueError):
    """The Secret lacks keys, or a value cannot be sent. The text follows the Secret's name, and shows no value."""


@dataclass(frozen=True, slots=True)
class SecretFormat:
    """How a service's credentials stand in a Secret."""

    parse: Callable[[Mapping[str, str]], Credentials]
    """Reads the decoded fields. Raises `IncompleteCredentialsError`."""
    keys: str
    """The keys that the Secret needs, in words."""
