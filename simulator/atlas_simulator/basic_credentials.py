"""The credentials of HTTP Basic authentication."""

import base64
import binascii

from atlas_simulator.messages import Request


def basic_credentials(request: Request) -> tuple[str, str]:
    """Return the user and password of a request; two empty texts when it has none that can be read."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
