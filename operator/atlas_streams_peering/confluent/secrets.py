"""Confluent Cloud credentials in a Secret."""

from collections.abc import Mapping
from typing import Final

from ..transport.credentials import BasicKey, IncompleteCredentialsError, SecretFormat

API_KEY_FIELDS: Final = ("apiKey", "apiSecret")

_KEYS: Final = " and ".join(API_KEY_FIELDS)


def read_credentials(data: Mapping[str, str]) -> BasicKey:
    """Return the credentials in the decoded fields of a Secret; other fields are ignored.

    Whitespace around a value, such as the newline that `echo` adds, is removed.

    Raises
    ------
    IncompleteCredentialsError
    """
    values = {key: data.get(key, "").strip() for key in API_KEY_FIELDS}
    if not all(values.values()):
        raise IncompleteCredentialsError(f"needs the keys {_KEYS}")
    for key, value in values.items():
        # HTTP basic ends the name of the key at its first colon.
        if not value.isascii() or not value.isprintable() or (key == "apiKey" and ":" in value):
            raise IncompleteCredentialsError(f"has a character in {key} that no key of Confluent has; copy it anew")
    return BasicKey(values["apiKey"], values["apiSecret"])


CONFLUENT_SECRET: Final = SecretFormat(read_credentials, _KEYS)
