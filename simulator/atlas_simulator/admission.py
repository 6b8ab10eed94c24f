"""The checks that every Atlas Admin API operation makes first.

The order is credentials (401), API access list (403), the project's token bucket (429), version (406), project
(404 or 401), role (401). Atlas does not document its own order.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from atlas_simulator.atlas_rate_limit import ATLAS_RATE_LIMIT
from atlas_simulator.clock import Clock
from atlas_simulator.digest import DigestAuthenticator
from atlas_simulator.directory import Directory, Principal, Role
from atlas_simulator.media_types import require_version
from atlas_simulator.messages import Answer, Refused, Request, refusal
from atlas_simulator.oauth import TokenService
from atlas_simulator.operation import Inbound, Operation
from atlas_simulator.rate_limit import RateLimiter
from atlas_simulator.settings import RateLimit, Settings

PROJECT_ID = re.compile(r"[a-f0-9]{24}")
_PROJECT_PATH = re.compile(r"/api/atlas/v2/groups/(?P<project>[a-f0-9]{24})/(?P<first>[^/?]+)")


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """Operations that share one token bucket per project."""

    name: str
    limit: Callable[[Settings], RateLimit]

    def scope(self, project_id: str) -> str:
        """Return the name of a project's bucket."""
        return f"{self.name} {project_id}"


STREAMS = EndpointSet("streams", lambda settings: settings.rate_limit)
"""All streams endpoints."""

NETWORK_PEERING = EndpointSet("network-peering", lambda settings: settings.network_peering.rate_limit)
"""Network peerings and their containers."""

_ENDPOINT_SETS = {"streams": STREAMS, "peers": NETWORK_PEERING, "containers": NETWORK_PEERING}
"""By the first part of the path below the project."""


class Admission:
    """Admits requests, or refuses them as Atlas does."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        directory: Directory,
        tokens: TokenService,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._tokens = tokens
        self._digest = DigestAuthenticator(settings, clock, directory)
        self.buckets = RateLimiter(clock, ATLAS_RATE_LIMIT)

    def operation(
        self,
        name: str,
        method: str,
        path: str,
        *,
        version: str,
        role: Role,
        perform: Callable[[Inbound], Answer],
        endpoint_set: EndpointSet = STREAMS,
    ) -> Operation:
        """Build an operation on a project that runs only after these checks pass.

        Parameters
        ----------
        name
            The short name in the log and in faults.
        method
            The HTTP method.
        path
            A regular expression for the whole path, with a group ``project``.
        version
            The date of the operation's media type.
        role
            The role that the operation needs.
        perform
            Runs the operation after all checks.
        endpoint_set
            The endpoints that share the operation's token bucket.
        """

        def admitted(inbound: Inbound) -> Answer:
            headers = self._admit(inbound, version, endpoint_set)
            try:
                self._authorize(inbound.authenticated, inbound.parameters["project"], role)
                answer = perform(inbound)
            except Refused as refused:
                raise Refused(refused.answer.with_headers(headers)) from None
            return answer.with_headers(headers) if headers else answer

        return Operation(name, method, re.compile(path), self.authenticate, admitted)

    def authenticate(self, request: Request) -> Principal:
        """Return the principal that a digest or bearer token proves; raises the 401."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        try:
            match scheme.lower():
                case "digest":
                    return self._digest.authenticate(request, credentials)
                case "bearer":
                    return self._bearer(credentials.strip())
                case _:
                    raise self._digest.challenge()
        except Refused:
            self._count_challenge(request)
            raise

    def _count_challenge(self, request: Request) -> None:
        place = _PROJECT_PATH.match(request.path)
        endpoint_set = None if place is None else _ENDPOINT_SETS.get(place["first"])
        if place is not None and endpoint_set is not None:
            limit = endpoint_set.limit(self._settings)
            if limit.count_challenges:
                self.buckets.take(endpoint_set.scope(place["project"]), limit, request.path)

    def _bearer(self, token: str) -> Principal:
        principal = self._tokens.bearer(token)
        if principal is None:
            raise refusal(
                401,
                None,
                "You are not authorized for this resource.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        return principal

    @staticmethod
    def require_allowed_address(principal: Principal) -> None:
        """Refuse a principal whose API access list does not have the address of its calls."""
        address = principal.blocked_address
        if address is not None:
            raise refusal(
                403,
                "IP_ADDRESS_NOT_ON_ACCESS_LIST",
                f"IP address {address} is not allowed to access this resource.",
                parameters=[address],
            )

    def _admit(self, inbound: Inbound, version: str, endpoint_set: EndpointSet) -> dict[str, str]:
        self.require_allowed_address(inbound.authenticated)
        request = inbound.request
        scope = endpoint_set.scope(inbound.parameters["project"])
        headers = self.buckets.take(scope, endpoint_set.limit(self._settings), request.path)
        require_version(request.headers.get("Accept", ""), version)
        return headers

    def _authorize(self, principal: Principal, project_id: str, role: Role) -> None:
        if not PROJECT_ID.fullmatch(project_id):
            raise refusal(
                404,
                "INVALID_GROUP_ID",
                f"An invalid group ID {project_id} was specified.",
                parameters=[project_id],
            )
        project = self._directory.projects.get(project_id)
        if project is None:
            if self._settings.unknown_project == "NOT_IN_GROUP":
                raise _unauthorized("NOT_IN_GROUP", project_id)
            raise refusal(404, "GROUP_NOT_FOUND", f"No group with ID {project_id} exists.", parameters=[project_id])
        if principal.organization != project.organization:
            raise _unauthorized("NOT_IN_GROUP", project_id)
        held = principal.roles.get(project_id)
        if held is None:
            raise _unauthorized(self._settings.no_role, project_id)
        if role not in held:
            raise _unauthorized("USER_UNAUTHORIZED", project_id)


def _unauthorized(error_code: str, project_id: str) -> Refused:
    match error_code:
        case "NOT_IN_GROUP":
            detail = f"The current user is not in the group, or the group does not exist: {project_id}."
        case "USER_CANNOT_ACCESS_GROUP":
            detail = f"The current user cannot access group {project_id}."
        case _:
            return refusal(401, error_code, "Current user is not authorized to perform this action.")
    return refusal(401, error_code, detail, parameters=[project_id])
