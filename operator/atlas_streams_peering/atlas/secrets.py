"""Atlas credentials in a Secret."""

from collections.abc import Mapping
from typing import Final

from ..transport.credentials import ApiKey, IncompleteCredentialsError, SecretFormat, ServiceAccount

API_KEY_FIELDS: Final = ("publicApiKey", "privateApiKey")
SERVICE_ACCOUNT_FIELDS: Final = ("clientId", "clientSecret")

_KEYS: Final = f"{' and '.join(API_KEY_FIELDS)}, or {' and '.join(SERVICE_ACCOUNT_FIELDS)}"


def read_credentials(data: Mapping[str, str]) -> ApiKey | ServiceAccount:
    """Return the credentials in the decoded fields of a Secret; other fields are ignored.

    If both kinds are complete, the service account is used, as Atlas recommends.
    Whitespace around a value, such as the newline that `echo` adds, is removed.

    Raises
    ------
    IncompleteCredentialsError
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
    raise IncompleteCredentialsError(f"needs the keys {_KEYS}")


ATLAS_SECRET: Final = SecretFormat(read_credentials, _KEYS)
