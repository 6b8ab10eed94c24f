"""Text from outside, made fit for messages: without secrets, and short."""

import base64
import re
from typing import Final

_LONGEST: Final = 300
"""Characters of a service's own words that a message quotes."""


def without_secrets(text: str, authorization: str) -> str:
    """Hide what `text` repeats of the Authorization header of its request, as some proxies do."""
    scheme, _, sent = authorization.partition(" ")
    match scheme.lower():
        case "digest":
            hidden = re.findall(r'\b(?:response|cnonce)="?([^",]+)', sent)
        case "basic":
            hidden = [sent, *base64.b64decode(sent).decode().split(":", 1)[1:]]
        case _:
            hidden = [sent]
    for secret in filter(None, hidden):
        text = text.replace(secret, "[hidden]")
    return text


def one_line(text: str) -> str:
    """Return the text as one line of bounded length."""
    return re.sub(r"\s+", " ", text)[:_LONGEST]
