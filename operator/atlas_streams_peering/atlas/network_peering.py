"""The calls for network peerings, from Atlas to a VPC, and for the containers that they start from."""

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from ..transport.client import Call
from ..transport.errors import RequestRefused
from .calls import PAGE_SIZE, READ_ROLE, in_project, read_pages
from .client import Session
from .error_mapping import ONLY_PROJECT_CODES, PROJECT_CODES, error_of, making_error_of, says_gone
from .models import AWS, Container, ContainerRequest, Peer, PeerRequest, parse
from .rate_limit import network_peering_scope

_MEDIA_TYPE: Final = "application/vnd.atlas.2023-01-01+json"
_PEER_ROLE: Final = "Project Network Access Manager"
_CONTAINER_ROLE: Final = "Project Owner"


_deletion_error_of: Final = partial(error_of, project_codes=PROJECT_CODES)
"""A deletion is refused because of a state: the spec wants nothing that could be wrong."""


@dataclass(frozen=True, slots=True)
class NetworkPeering:
    """Calls with one set of credentials. They use a rate budget apart from that of the streams endpoints.

    Every call raises `ServiceError`. The client makes several attempts at a read, and sends a change only once.
    A change also raises `NotLeader`, where the client did not send it, `Refused`, where Atlas refuses what the spec
    wants, and `RequestRefused`, where it refuses because of the state that a peering is in.
    """

    session: Session

    async def list_peers(self, project_id: str) -> list[dict[str, Any]]:
        """List the peerings of a project to VPCs in AWS, as Atlas' own JSON: ``GET …/peers``."""
        return await self._list(project_id, "peers", operation="listGroupPeers", doing="list peerings")

    async def list_containers(self, project_id: str) -> list[dict[str, Any]]:
        """List the containers of a project in AWS, as Atlas' own JSON: ``GET …/containers``."""
        return await self._list(project_id, "containers", operation="listGroupContainers", doing="list containers")

    async def create_container(self, project_id: str, request: ContainerRequest) -> Container | None:
        """Create a container; return None where the answer does not show it."""
        answer = await self._change(
            "POST",
            project_id,
            "containers",
            operation="createGroupContainer",
            doing=f"create a container in {request.region}",
            role=_CONTAINER_ROLE,
            content=request.body,
        )
        return parse(Container, answer) if answer.get("id") else None

    async def create_peer(self, project_id: str, request: PeerRequest) -> Peer | None:
        """Request a peering; return None where the answer does not show it."""
        answer = await self._change(
            "POST",
            project_id,
            "peers",
            operation="createGroupPeer",
            doing=f"request a peering with {request.vpc_id}",
            role=_PEER_ROLE,
            content=request.body,
        )
        return parse(Peer, answer) if answer.get("id") else None

    async def change_peer(self, project_id: str, peer_id: str, request: PeerRequest) -> None:
        """Change the routes of a peering. Nothing else of it can be changed."""
        await self._change(
            "PATCH",
            project_id,
            _path(peer_id),
            operation="updateGroupPeer",
            doing=f"change the routes of peering {peer_id}",
            role=_PEER_ROLE,
            content=request.body,
        )

    async def delete_peer(self, project_id: str, peer_id: str) -> bool:
        """Request the deletion of a peering; return whether there was one to delete.

        A peering whose deletion is requested already is not an error. A 404 without Atlas' code may be a gateway's:
        then the lists have to tell.
        """
        try:
            await self._change(
                "DELETE",
                project_id,
                _path(peer_id),
                operation="deleteGroupPeer",
                doing=f"delete peering {peer_id}",
                role=_PEER_ROLE,
            )
        except RequestRefused as error:
            if not says_gone(error):
                raise
            return error.status != HTTPStatus.NOT_FOUND or error.code is None
        return True

    async def _list(self, project_id: str, path: str, *, operation: str, doing: str) -> list[dict[str, Any]]:
        mapping = partial(
            error_of, role=READ_ROLE, doing=doing, project_id=project_id, project_codes=ONLY_PROJECT_CODES
        )

        async def read_page(page: int) -> Any:
            return await self.session.client.read(
                Call(
                    operation=operation,
                    scope=network_peering_scope(project_id),
                    method="GET",
                    path=in_project(project_id, path),
                    error_of=mapping,
                    doing=doing,
                    accept=_MEDIA_TYPE,
                    params={"providerName": AWS, "itemsPerPage": PAGE_SIZE, "pageNum": page},
                )
            )

        return await read_pages(read_page, key="id", doing=doing)

    async def _change(
        self, method: str, project_id: str, path: str, *, operation: str, doing: str, role: str, content: Any = None
    ) -> dict[str, Any]:
        mapping = _deletion_error_of if method == "DELETE" else making_error_of
        response = await self.session.client.change(
            Call(
                operation=operation,
                scope=network_peering_scope(project_id),
                method=method,
                path=in_project(project_id, path),
                error_of=partial(mapping, role=role, doing=doing, project_id=project_id),
                doing=doing,
                accept=_MEDIA_TYPE,
                content_type=_MEDIA_TYPE,
                content=content,
            )
        )
        try:
            body = response.json()
        except ValueError:
            # The change is made. What the answer does not show, the next list does.
            return {}
        return body if isinstance(body, dict) else {}


def _path(peer_id: str) -> str:
    return f"peers/{quote(peer_id, safe='')}"
