"""Credentials for the checks, from Secrets and variables. Their values go only to the services."""

from dataclasses import dataclass, field, replace
from typing import Final

from ....atlas.secrets import ATLAS_SECRET
from ....confluent.secrets import CONFLUENT_SECRET
from ....controller.credentials import decoded, oddities_of
from ....kube.api import KubernetesApi, KubernetesError, path_segment
from ....polling.poll import SecretKey
from ....transport.credentials import (
    ApiKey,
    BasicKey,
    Credentials,
    IncompleteCredentialsError,
    SecretFormat,
    ServiceAccount,
)
from ..checks.secrets import SecretFacts
from ..redaction import Redaction

FORMATS: Final = {"atlas": ATLAS_SECRET, "confluent": CONFLUENT_SECRET}


@dataclass(frozen=True, slots=True)
class Read:
    """The result of reading a Secret."""

    facts: SecretFacts
    credentials: Credentials | None = field(default=None, repr=False)


async def read_secret(api: KubernetesApi, key: SecretKey, used_by: tuple[str, ...], redaction: Redaction) -> Read:
    """Read a Secret, and register all its values for redaction."""
    wanted: SecretFormat = FORMATS[key.service]
    facts = SecretFacts(str(key), used_by, wanted.keys, key.namespace)
    try:
        body = await api.get(f"/api/v1/namespaces/{path_segment(key.namespace)}/secrets/{path_segment(key.name)}")
    except KubernetesError as error:
        if error.gone:
            return Read(replace(facts, exists=False))
        return Read(replace(facts, forbidden=str(error).rstrip(".")))
    data = decoded(body)
    redaction.add(data.values())
    facts = replace(facts, found_keys=tuple(sorted(body.get("data") or ())))
    try:
        credentials = wanted.parse(data)
    except IncompleteCredentialsError as error:
        return Read(replace(facts, problem=str(error)))
    redaction.add(_parts(credentials))
    facts = replace(facts, kind=_kind(credentials), oddities=oddities_of(data, credentials))
    return Read(facts, credentials)


def hide(credentials: Credentials, redaction: Redaction) -> None:
    """Register credentials from another source than a Secret for redaction."""
    redaction.add(_parts(credentials))


def _parts(credentials: Credentials) -> tuple[str, str]:
    match credentials:
        case ApiKey(name, secret) | ServiceAccount(name, secret) | BasicKey(name, secret):
            return name, secret


def _kind(credentials: Credentials) -> str:
    match credentials:
        case ApiKey():
            return "an API key"
        case ServiceAccount():
            return "a service account"
        case BasicKey():
            return "a Cloud API key"
