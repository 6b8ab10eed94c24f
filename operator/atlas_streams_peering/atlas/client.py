"""The calls of the Atlas Admin API that the operator makes."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from ..api.conditions import Reason
from ..transport.access import Profile, ServiceAccess
from ..transport.client import Call, ServiceClient
from ..transport.credentials import Credentials
from .calls import PAGE_SIZE, READ_ROLE, in_project, read_pages, unusable
from .error_mapping import ONLY_PROJECT_CODES, PROJECT_CODES, TOKEN_ENDPOINT, error_of
from .models import AccountDetails, Connection, parse
from .rate_limit import budget_of

_VERSION_2023_02_01: Final = "application/vnd.atlas.2023-02-01+json"
_VERSION_2024_11_13: Final = "application/vnd.atlas.2024-11-13+json"
_CHANGE_ROLE: Final = "Project Stream Processing Owner"


class Atlas(ServiceAccess):
    """Atlas behind one base URL: the session for each set of credentials, and the rate budgets of each project.

    A scope of its budgets is a project ID, or `rate_limit.network_peering_scope` of one.
    """

    profile = Profile(
        name="atlas",
        title="Atlas",
        unavailable=Reason.ATLAS_UNAVAILABLE,
        new_budget=budget_of,
        token_endpoint=TOKEN_ENDPOINT,
    )

    def session(self, credentials: Credentials) -> "Session":
        """Return the session of these credentials; sessions of equal credentials are equal."""
        return Session(self._service.client(credentials))


@dataclass(frozen=True, slots=True)
class Session:
    """Calls to Atlas with one set of credentials.

    Every call raises `ServiceError`. The client makes several attempts at a read, and sends a change only once.
    A change also raises `NotLeader`, where the client did not send it.
    """

    client: ServiceClient

    async def list_connections(self, project_id: str, requester_account_id: str) -> list[dict[str, Any]]:
        """List the inbound connections from an AWS account, as Atlas' own JSON, one row for each name.

        ``GET …/streams/vpcPeeringConnections``, where `requesterAccountId` is required.
        """
        doing = "list connections"

        async def read_page(page: int) -> Any:
            return await self._read(
                project_id,
                "streams/vpcPeeringConnections",
                operation="listVpcPeeringConnections",
                doing=doing,
                media_type=_VERSION_2023_02_01,
                project_codes=ONLY_PROJECT_CODES,
                params={
                    "requesterAccountId": requester_account_id,
                    "itemsPerPage": PAGE_SIZE,
                    "pageNum": page,
                },
            )

        rows = await read_pages(read_page, key="name", doing=doing)
        # The list is of this account: a row that leaves the account out belongs to it too.
        account = {"requesterAccountId": requester_account_id}
        return [row if row.get("requesterAccountId") else row | account for row in rows]

    async def list_active(self, project_id: str) -> list[dict[str, Any]]:
        """List the active inbound connections from all accounts, as Atlas' own JSON, one row for each name.

        ``GET …/streams/activeVpcPeeringConnections``: the only list that needs no account. Requests are not in it.
        """
        doing = "list active connections"

        async def read_page(page: int) -> Any:
            return await self._read(
                project_id,
                "streams/activeVpcPeeringConnections",
                operation="listActivePeeringConnections",
                doing=doing,
                media_type=_VERSION_2024_11_13,
                project_codes=ONLY_PROJECT_CODES,
                params={"itemsPerPage": PAGE_SIZE, "pageNum": page},
            )

        return await read_pages(read_page, key="name", doing=doing)

    async def account_details(self, project_id: str, provider: str, region: str) -> dict[str, Any]:
        """Return the cloud account and network of a project's streams in a region, as Atlas' own JSON.

        ``GET …/streams/accountDetails``. `provider` is ``aws``, ``azure`` or ``gcp``. `region` is spelled as in Atlas:
        ``US_EAST_1``. No field is certain to be there, `cloudProvider` included.

        Raises
        ------
        RequestRefused
            Atlas refuses the request, for example because it has no network in that region. `status` and `code` say
            how. A 404 means the project only where its code says so: then the error is `ProjectNotFound`.
        ServiceError
        """
        doing = f"read the account details for {provider} {region}"
        body = await self._read(
            project_id,
            "streams/accountDetails",
            operation="getAccountDetails",
            doing=doing,
            media_type=_VERSION_2024_11_13,
            project_codes=PROJECT_CODES,
            params={"cloudProvider": provider, "regionName": region},
        )
        if not isinstance(body, dict):
            raise unusable(doing, "the answer is no object")
        return body

    async def accept(self, project_id: str, connection: Connection) -> None:
        """Request the acceptance of a pending connection. The body tells Atlas whose request it is, as far as known."""
        requester = {
            "requesterAccountId": connection.requester_account_id,
            "requesterVpcId": connection.requester_vpc_id,
        }
        await self._change(
            "POST",
            project_id,
            f"{_path(connection)}:accept",
            operation="acceptVpcPeeringConnection",
            doing=f"accept {connection.name}",
            content={field: value for field, value in requester.items() if value is not None},
        )

    async def reject(self, project_id: str, connection: Connection) -> None:
        """Request the rejection of a pending connection."""
        await self._change(
            "POST",
            project_id,
            f"{_path(connection)}:reject",
            operation="rejectVpcPeeringConnection",
            doing=f"reject {connection.name}",
        )

    async def delete(self, project_id: str, connection: Connection) -> None:
        """Request the deletion of a live connection."""
        await self._change(
            "DELETE",
            project_id,
            _path(connection),
            operation="deleteVpcPeeringConnection",
            doing=f"delete {connection.name}",
        )

    async def _read(
        self,
        project_id: str,
        path: str,
        *,
        operation: str,
        doing: str,
        media_type: str,
        project_codes: Collection[str | None],
        params: dict[str, str | int],
    ) -> Any:
        mapping = partial(error_of, role=READ_ROLE, doing=doing, project_id=project_id, project_codes=project_codes)
        return await self.client.read(
            Call(
                operation=operation,
                scope=project_id,
                method="GET",
                path=in_project(project_id, path),
                error_of=mapping,
                doing=doing,
                accept=media_type,
                params=params,
            )
        )

    async def _change(
        self, method: str, project_id: str, path: str, *, operation: str, doing: str, content: Any = None
    ) -> None:
        await self.client.change(
            Call(
                operation=operation,
                scope=project_id,
                method=method,
                path=in_project(project_id, path),
                error_of=partial(error_of, role=_CHANGE_ROLE, doing=doing),
                doing=doing,
                accept=_VERSION_2023_02_01,
                content_type=_VERSION_2023_02_01,
                content=content,
            )
        )


def parse_connection(row: dict[str, Any]) -> Connection:
    """Parse a row; a field of a wrong type counts as absent."""
    return parse(Connection, row)


def parse_account_details(body: dict[str, Any]) -> AccountDetails:
    """Parse an answer; a field of a wrong type counts as absent."""
    return parse(AccountDetails, body)


def _path(connection: Connection) -> str:
    return f"streams/vpcPeeringConnections/{quote(connection.name, safe='')}"
