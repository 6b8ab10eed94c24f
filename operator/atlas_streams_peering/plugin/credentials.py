"""Finds Atlas credentials: in the Secret of --credentials-secret, in variables, or in the Secret of an object."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from ..atlas.secrets import ATLAS_SECRET
from ..controller.credentials import decoded
from ..kube.api import KubernetesError, path_segment
from ..polling.poll import SecretKey
from ..transport.credentials import Credentials, IncompleteCredentialsError
from ..transport.errors import CredentialsInvalid, ProjectNotFound
from .exit_codes import ExitCode
from .failures import Failure
from .invocation import Invocation

VARIABLES: Final[Mapping[str, str]] = {
    "publicApiKey": "MONGODB_ATLAS_PUBLIC_API_KEY",
    "privateApiKey": "MONGODB_ATLAS_PRIVATE_API_KEY",
    "clientId": "MONGODB_ATLAS_CLIENT_ID",
    "clientSecret": "MONGODB_ATLAS_CLIENT_SECRET",  # the name of a variable
}
"""Key of a Secret → environment variable. MongoDB's Atlas CLI reads the same variables."""

_PAIRS: Final = (("clientId", "clientSecret"), ("publicApiKey", "privateApiKey"))

_WAYS: Final = (
    "name a Secret with --credentials-secret, or set MONGODB_ATLAS_PUBLIC_API_KEY and MONGODB_ATLAS_PRIVATE_API_KEY "
    "(for a service account MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Credentials, and where they were found."""

    credentials: Credentials = field(repr=False)
    source: str
    """In words, for messages: ``Secret team-a/atlas-api``."""
    secret: SecretKey | None = None
    """The Secret; None: variables."""

    @contextmanager
    def named(self) -> Iterator[None]:
        """Name the source of the credentials in errors of Atlas about them."""
        try:
            yield
        except CredentialsInvalid as error:
            raise CredentialsInvalid(str(error).replace("the Secret", self.source)) from None
        except ProjectNotFound as error:
            raise ProjectNotFound(str(error).replace("spec.projectId", "the ID of the project")) from None


async def find(invocation: Invocation, project: str, objects: Iterable[Mapping[str, Any]]) -> Found:
    """Return the credentials for a project; `objects`: bodies of those that the person can read.

    Raises
    ------
    Failure
        There are none, or they are incomplete.
    KubernetesError
    """
    if invocation.credentials_secret:
        return await from_secret(invocation, secret_given(invocation.credentials_secret, invocation.namespace))
    if (found := from_variables(os.environ)) is not None:
        return found
    secret = secret_of(objects, project, prefer=invocation.namespace)
    if secret is None:
        raise Failure(
            f"No object of project {project} names a Secret with Atlas credentials: {_WAYS}.", ExitCode.NO_ACCESS
        )
    return await from_secret(invocation, secret)


def from_variables(environment: Mapping[str, str]) -> Found | None:
    """Return the credentials in the variables; None where none of them is set.

    A service account goes before an API key, as in a Secret.

    Raises
    ------
    Failure
        One of two variables is missing, or its value cannot be a key.
    """
    data = {key: environment.get(variable, "").strip() for key, variable in VARIABLES.items()}
    if not any(data.values()):
        return None
    for pair in _PAIRS:
        names = [VARIABLES[key] for key in pair]
        if all(data[key] for key in pair):
            try:
                credentials = ATLAS_SECRET.parse({key: data[key] for key in pair})
            except IncompleteCredentialsError:
                # The text of the error names the key of a Secret.
                raise Failure(
                    f"{' or '.join(names)} has a character that no key of Atlas has: copy it again.", ExitCode.NO_ACCESS
                ) from None
            return Found(credentials, f"the variables {' and '.join(names)}")
    halves = [
        (VARIABLES[a], VARIABLES[b]) if data[a] else (VARIABLES[b], VARIABLES[a])
        for a, b in _PAIRS
        if data[a] or data[b]
    ]
    given, missing = halves[0]
    raise Failure(f"{given} is set, and {missing} is not.", ExitCode.NO_ACCESS)


def secret_given(text: str, namespace: str) -> SecretKey:
    """Return the Secret that ``--credentials-secret`` names: NAME, or NAMESPACE/NAME."""
    first, slash, second = text.partition("/")
    return SecretKey(first, second) if slash else SecretKey(namespace, first)


def secret_of(objects: Iterable[Mapping[str, Any]], project: str, *, prefer: str) -> SecretKey | None:
    """Return the Secret that an object of the project names. Objects in the namespace `prefer` come first."""
    found = []
    for body in objects:
        spec, namespace = body.get("spec") or {}, body["metadata"].get("namespace") or ""
        name = (spec.get("credentialsSecretRef") or {}).get("name")
        if name and spec.get("projectId") == project:
            found.append((namespace != prefer, namespace, name))
    if not found:
        return None
    _, namespace, name = min(found)
    return SecretKey(namespace, name)


async def from_secret(invocation: Invocation, secret: SecretKey) -> Found:
    """Read a Secret.

    Raises
    ------
    Failure
        The Secret is absent or incomplete, or the person may not read it.
    KubernetesError
    """
    api = await invocation.kubernetes()
    try:
        path = f"/api/v1/namespaces/{path_segment(secret.namespace)}/secrets/{path_segment(secret.name)}"
        credentials = ATLAS_SECRET.parse(decoded(await api.get(path)))
    except IncompleteCredentialsError as error:
        raise Failure(f"Secret {secret} {error}.", ExitCode.NO_ACCESS) from None
    except KubernetesError as error:
        if error.gone:
            raise Failure(
                f"Secret {secret} does not exist; it needs the keys {ATLAS_SECRET.keys}.", ExitCode.NO_ACCESS
            ) from None
        if error.status == 403:
            raise Failure(f"You may not read Secret {secret}: {_WAYS}.", ExitCode.NO_ACCESS) from None
        raise
    return Found(credentials, f"Secret {secret}", secret)
