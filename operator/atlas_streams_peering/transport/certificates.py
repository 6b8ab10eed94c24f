"""The certificate authorities that count, as the environment names them: SSL_CERT_FILE or SSL_CERT_DIR."""

import os
import re
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import httpx

from .proxy import WrongVariableError

_HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")
"""The name under which OpenSSL looks for a certificate in a directory."""


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Return what verifies the certificates of services and of https proxies.

    SSL_CERT_FILE takes precedence over SSL_CERT_DIR. Without both, the authorities that come with the operator count.

    Raises
    ------
    WrongVariableError
        The variable names nothing that holds certificates: no request could succeed.
    """
    context = _trusting(environment)
    # Gateways can choose by it what they speak, and whom they let in.
    context.set_alpn_protocols(["http/1.1"])
    return context


def _trusting(environment: Mapping[str, str]) -> ssl.SSLContext:
    if environment.get("SSL_CERT_FILE"):
        return _of_file(environment["SSL_CERT_FILE"])
    if environment.get("SSL_CERT_DIR"):
        return _of_directories(environment["SSL_CERT_DIR"])
    return _own()


# To read some hundred authorities takes 40 ms; what is read at the start holds as long as the process lives.


@cache
def _own() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@cache
def _of_file(path: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise WrongVariableError("SSL_CERT_FILE names a file that holds no certificates in PEM format") from None
    except OSError as error:
        raise WrongVariableError(f"SSL_CERT_FILE names a file that cannot be read ({error.strerror})") from None


def _of_directories(paths: str) -> ssl.SSLContext:
    context, found = ssl.create_default_context(capath=paths), False
    for directory in paths.split(os.pathsep):
        try:
            files = sorted(Path(directory).iterdir()) if directory else []
        except OSError:
            continue
        if any(_HASHED.fullmatch(file.name) for file in files):
            found = True
            continue
        # A mounted ConfigMap has no such names; other programs read every file of the directory.
        loaded = [_load(context, file) for file in files]
        found = found or any(loaded)
    if not found:
        raise WrongVariableError("SSL_CERT_DIR names no directory that holds certificates in PEM format")
    return context


def _load(context: ssl.SSLContext, path: Path) -> bool:
    try:
        context.load_verify_locations(cafile=path)
    except OSError:  # an SSLError, too
        return False
    return True
