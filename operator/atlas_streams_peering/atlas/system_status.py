"""The root of the Atlas Admin API, which describes the API key of the request and its roles."""

from functools import partial
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ..transport.client import Call
from .calls import READ_ROLE, unusable
from .client import Session
from .error_mapping import error_of
from .models import parse

ROOT: Final = "/api/atlas/v2"
_MEDIA_TYPE: Final = "application/vnd.atlas.2023-01-01+json"
_DOING: Final = "describe the API key"


class RoleAssignment(BaseModel):
    """A role in a project or in an organization: ``RoleAssignment`` of the API's document."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    group_id: str | None = None
    """The project."""
    org_id: str | None = None
    role_name: str | None = None
    """``GROUP_OWNER``, ``GROUP_STREAM_PROCESSING_OWNER``, ``ORG_OWNER`` and others."""


class ApiKeyDescription(BaseModel):
    """An API key, without its secret: ``Key`` of the API's document."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    roles: tuple[RoleAssignment, ...] = Field(default=())


async def read_api_key(session: Session) -> ApiKeyDescription | None:
    """Return the description of the request's API key; None: there is none, as for a service account.

    ``GET /api/atlas/v2``, ``getSystemStatus``.

    Raises
    ------
    ServiceError
    """
    body: Any = await session.client.read(
        Call(
            operation="getSystemStatus",
            scope="",
            method="GET",
            path=ROOT,
            error_of=partial(error_of, role=READ_ROLE, doing=_DOING),
            doing=_DOING,
            accept=_MEDIA_TYPE,
        )
    )
    if not isinstance(body, dict):
        raise unusable(_DOING, "the answer is no object")
    key = body.get("apiKey")
    return parse(ApiKeyDescription, key) if isinstance(key, dict) else None
