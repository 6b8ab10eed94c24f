"""Atlas credentials, as a Secret holds them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

API_KEY_FIELDS: Final = ("publicApiKey", "privateApiKey")
SERVICE_ACCOUNT_FIELDS: Final = ("clientId", "clientSecret")


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A programmatic API key: HTTP digest."""

    public_key: str
    private_key: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Tells two credentials apart without showing them."""
        return _fingerprint("key", self.public_key, self.private_key)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account: OAuth client credentials."""

    client_id: str
    client_secret: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Tells two credentials apart without showing them."""
        return _fingerprint("account", self.client_id, self.client_secret)


Credentials: TypeAlias = ApiKey | ServiceAccount


class IncompleteCredentialsError(ValueError):
    """The Secret lacks keys, or has one that cannot be sent; the text names those it wants, and no value."""


def read_credentials(data: Mapping[str, str]) -> Credentials:
    """Find credentials in the decoded fields of a Secret; other fields are ignored.

    Where both kinds are complete the service account is taken, as Atlas recommends.
    Blanks around a value, such as the newline of an `echo`, do not belong to it.
    """
    values = {key: data.get(key, "").strip() for key in (*SERVICE_ACCOUNT_FIELDS, *API_KEY_FIELDS)}
    for fields, kind in ((SERVICE_ACCOUNT_FIELDS, ServiceAccount), (API_KEY_FIELDS, ApiKey)):
        name, secret = (values[key] for key in fields)
        if not name or not secret:
            continue
        for key in fields:
            if not values[key].isascii() or not values[key].isprintable():
                raise IncompleteCredentialsError(f"has a character in {key} that no key of Atlas has; copy it anew")
        return kind(name, secret)
    raise IncompleteCredentialsError(
        f"needs the keys {' and '.join(API_KEY_FIELDS)}, or {' and '.join(SERVICE_ACCOUNT_FIELDS)}"
    )
