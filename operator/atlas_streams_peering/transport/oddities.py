"""Detects common mistakes in the values of Secrets, and describes them without showing the value."""

import base64
import binascii
import re
from typing import Final

_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201c\u201d")
_PLACEHOLDER: Final = re.compile(r"<.*>|\$\{.*\}|\$\(.*\)|\{\{.*\}\}")
_SHORTEST_ENCODED: Final = 12
"""Characters of the shortest value that counts as encoded: a shorter one decodes to text by chance."""


def tidied(value: str) -> str:
    """Return a value without what editors and shells add around it: white space, and a byte order mark.

    No key of a service begins or ends with these, so that nothing is lost.
    """
    return value.strip().strip("\ufeff").strip()


def oddity(value: str) -> str | None:
    """Return how a value looks wrong, as in "it is in quotes"; None where it looks right.

    The value is used as it is: a guess could be wrong, and other programs that read the Secret would still fail.
    """
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        return "is in quotes" if value[:1] in _QUOTES and value[-1:] in _QUOTES else "has a quotation mark at one end"
    if _PLACEHOLDER.fullmatch(value):
        return "looks like a placeholder"
    if re.search(r"\s", value):
        return "has white space inside"
    return "looks base64-encoded twice" if _is_encoded(value) else None


def _is_encoded(value: str) -> bool:
    if len(value) < _SHORTEST_ENCODED:
        return False
    try:
        text = base64.b64decode(value, validate=True).decode("ascii").strip()
    except (binascii.Error, ValueError):
        return False
    return bool(text) and text.isprintable()
