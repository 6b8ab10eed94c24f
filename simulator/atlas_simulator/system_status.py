"""The root of the API: the application, and the API key that asks (version 2023-01-01).

``getSystemStatus`` of Atlas' OpenAPI document. It names the roles of an API key. What it says of a service account is
not documented: ``apiKey`` may be null, and a service account is no API key.
"""

import hashlib
import re

from atlas_simulator.admission import Admission
from atlas_simulator.directory import Principal, PrincipalKind, Role
from atlas_simulator.media_types import media_type, require_version
from atlas_simulator.messages import Answer, json_answer
from atlas_simulator.operation import Inbound, Operation

VERSION = "2023-01-01"
_PATH = re.compile(r"/api/atlas/v2/?")
_BUILD = "2f3f1ee4f0a2c1d0b9a8877665544332211000ff"

_NAMES = {
    Role.PROJECT: "GROUP_OWNER",
    Role.STREAMS: "GROUP_STREAM_PROCESSING_OWNER",
    Role.NETWORK: "GROUP_NETWORK_ACCESS_MANAGER",
    Role.READ: "GROUP_READ_ONLY",
}
"""From the highest: a role that includes others is named alone."""


def operations(admission: Admission) -> list[Operation]:
    """Return the operation."""

    def perform(inbound: Inbound) -> Answer:
        admission.require_allowed_address(inbound.authenticated)
        require_version(inbound.request.headers.get("Accept", ""), VERSION)
        document: dict[str, object] = {
            "apiKey": _api_key(inbound.authenticated),
            "appName": "MongoDB Atlas",
            "build": _BUILD,
            "links": [],
            "throttling": False,
        }
        answer = json_answer(200, document)
        return Answer(answer.status, answer.body, media_type(VERSION))

    return [Operation("system-status", "GET", _PATH, admission.authenticate, perform)]


def _api_key(principal: Principal) -> dict[str, object] | None:
    if principal.kind is not PrincipalKind.API_KEY:
        return None
    roles = [{"groupId": project, "roleName": _name(role)} for project, role in principal.roles.items()]
    identity = hashlib.sha256(principal.id.encode()).hexdigest()[:24]
    return {"accessList": [], "id": identity, "publicKey": principal.id, "roles": roles}


def _name(role: Role) -> str:
    return next(name for part, name in _NAMES.items() if part in role)
